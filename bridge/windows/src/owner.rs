//! Whose process is at the other end of a TCP connection: the system's table, and the token of the process.
