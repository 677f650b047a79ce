//! Every text rule of the display standards, in one place, for screen, print and audit alike.
