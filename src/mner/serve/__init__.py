"""HTTP requests enter; posts with entities leave, as `mner tag` writes them.

`app.py` lists the addresses, `service.py` answers those that tag, `batcher.py` joins requests that
arrive together.
"""
