//! The service control manager: being a service, and making one.
