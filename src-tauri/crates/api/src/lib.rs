//! Client of the shared record API: capabilities, paging, retry.
