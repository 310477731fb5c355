"""The server: models behind HTTP and a WebSocket, and the page that shows them."""
