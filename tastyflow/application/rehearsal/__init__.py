"""The rehearsal: an order placed in the sandbox, watched, checked and tidied up."""
