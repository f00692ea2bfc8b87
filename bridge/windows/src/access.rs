//! Who may use a file, a folder or a pipe: security descriptors, and whose process this is.
