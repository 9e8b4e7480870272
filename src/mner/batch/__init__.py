"""Archives of posts, cut into parts that workers tag.

Files of posts enter; a folder of Parquet files leaves, with a manifest. A part is done when its
file is there, and only then, whatever runs the workers and whenever one is killed.
"""
