//! COM ports: overlapped reads and writes, line settings, signals.
