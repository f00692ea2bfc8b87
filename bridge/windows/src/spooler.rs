//! The spooler's printers, jobs and notifications (winspool).
