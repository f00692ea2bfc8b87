//! Named pipes of this machine, and who is at their other end.
