"""Objects of other programs, a JSON object a line: raw tweets, and what label tools write.

In: JSON objects. Out: posts, whose spans count tokens; and the lines of posts in the same forms.
"""
