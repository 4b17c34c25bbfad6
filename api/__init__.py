"""Every way in: HTTP, command line, client; and the doors to outside services."""
