"""Token files on disk and the windows a recurrent network is trained on."""
