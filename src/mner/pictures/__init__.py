"""Pictures: files, paths or URLs of posts' pictures enter, regions (vectors of their parts) leave.

Each comes with a state: `present`, `absent` or `unreadable`.
"""
