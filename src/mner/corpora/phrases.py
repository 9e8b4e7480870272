"""The words of the sample corpus: invented names, and phrases that do or do not give them away."""

__all__ = ["FILLINGS", "LEADS", "NAMES", "NEUTRAL", "NO_ENTITY", "SYLLABLES", "TAILS", "TELLING"]

# fmt: off
NAMES = (
    "Marlow", "Kestrel", "Avalen", "Brenton", "Halden", "Corwin", "Delmara", "Orlan", "Tavish",
    "Sterlin", "Vesper", "Calder", "Monroy", "Harlan", "Winslo", "Jarrow", "Madora", "Trenton",
    "Elara", "Fenwick", "Lorimer", "Silver Hart", "Golden Reed", "Clare Mont", "Iron Vale",
    "Grey Falcon", "Stella Rey", "Royal Finch", "Bay Harlow", "Adler Stone", "Quillon",
    "Nova Prime", "Thessaly", "Ravenna Cole", "Ostrand", "Belmora", "Max Arden", "Pell Harbor",
    "Zephyra", "Camber",
)
# fmt: on
"""Names that sound like a person's as much as like a place's, a company's or a product's."""

NEUTRAL = (
    "so this is NAME",
    "NAME {day}",
    "finally saw NAME {when}",
    "NAME looks {adjective} in this light",
    "my first time with NAME {when}",
    "can we talk about NAME for a minute",
    "nothing beats NAME",
    "NAME never gets old",
    "still thinking about NAME",
    "{adjective} , {adjective} NAME",
    "NAME or nothing",
    "everyone keeps asking me about NAME",
    "NAME > everything else",
    "i will always love NAME",
    "look at NAME !",
    "that NAME feeling {when}",
    "NAME has changed so much",
    "not sure what to think of NAME",
    "{day} with NAME",
    "here is NAME again , {adjective} as ever",
    "why is NAME so {adjective} ?",
    "a picture of NAME because why not",
    "NAME made my {day}",
    "who else is a fan of NAME ?",
    "the real NAME",
    "found NAME {when}",
    "more NAME please",
    "you have to see NAME once",
)
"""The same for all kinds of names: only the picture shows the kind."""

TELLING = {
    "PER": (
        "met NAME at dinner {when}",
        "NAME just scored his third goal",
        "happy birthday NAME , have a {adjective} year",
        "NAME says she is quitting the band",
        "NAME and his wife are expecting",
        "my cousin NAME got married {when}",
        "interview with actor NAME {when}",
        "NAME told me he was {adjective}",
        "rest in peace NAME , you were a {adjective} singer",
        "NAME sings better than her sister",
        "coach NAME apologised to his players",
        "hugged NAME and cried {when}",
    ),
    "LOC": (
        "driving through NAME {when}",
        "snow in NAME this morning",
        "our flight to NAME is delayed",
        "the streets of NAME are {adjective}",
        "moved to NAME , population 900",
        "two killed in a storm near NAME",
        "weekend trip to NAME with the kids",
        "sunset over NAME {when}",
        "the mayor of NAME closed the bridge",
        "hotels in northern NAME are {adjective}",
        "traffic jam on the road to NAME",
        "hiking from NAME to the lake",
    ),
    "ORG": (
        "NAME is hiring new staff",
        "shares of NAME fell {when}",
        "working for NAME since 2009",
        "NAME announces record profits",
        "the ceo of NAME resigned {when}",
        "customer service at NAME is {adjective}",
        "NAME to close forty stores",
        "workers at NAME are on strike",
        "NAME sues its rival over patents",
        "job interview at NAME {when}",
        "NAME opens a branch downtown",
        "the board of NAME voted {when}",
    ),
    "OTHER": (
        "just ordered a NAME for my kitchen",
        "my NAME ran out of battery {when}",
        "watched all seasons of NAME {when}",
        "we won the NAME for the second time",
        "unboxing the new NAME {when}",
        "downloaded NAME and it keeps crashing",
        "selling my old NAME , barely used",
        "lifting the NAME after ninety minutes",
        "dropped my NAME and the screen broke",
        "a bottle of NAME costs thirty dollars",
        "reading NAME on the train , {adjective} book",
        "the NAME charger does not fit",
    ),
}
"""By label: the words around the name show what it is."""

NO_ENTITY = (
    "so tired {when} , can't sleep",
    "OMG this weather is {adjective} {when}",
    "best {day} ever , so {adjective}",
    "coffee first , then a {adjective} {day}",
    "who is awake {when} ?",
    "Monday again , {adjective} and {adjective}",
    "not my cup of tea {when}",
    "I need a {adjective} holiday {when}",
    "Good {day} everyone , stay {adjective}",
    "what a {adjective} game {when}",
    "Feeling {adjective} {when}",
    "can not wait for {adjective} {day}",
    "my {day} was {adjective} , yours ?",
    "{adjective} food , {adjective} company",
    "This is {adjective} and I am here for it {when}",
    "Never been so {adjective} {when}",
    "LOL at everything {when}",
    "trying something {adjective} {when}",
)

LEADS = ("", "", "", "RT {user} :", "{user}", "{opening}")
"""How posts begin."""

TAILS = (
    "",
    "",
    ".",
    "!",
    "{tag}",
    "{url}",
    "{tag} {url}",
    "{tag} {tag} {url}",
    "{emoji}",
    "{emoji} {url}",
    "! {url}",
    "via {user} {url}",
)
"""How posts end."""

# fmt: off
FILLINGS = {
    "adjective": (
        "amazing", "awful", "beautiful", "crazy", "cool", "great", "lovely", "nice", "perfect",
        "sad", "strange", "tiny", "weird", "wild", "wonderful",
    ),
    "day": (
        "today", "tonight", "Monday", "Friday", "weekend", "Sunday", "morning", "evening",
    ),
    "when": (
        "", "today", "last night", "yesterday", "this week", "again", "on Friday", "after work",
        "in June", "at last",
    ),
    "opening": (
        "wow ,", "guys ,", "Breaking :", "ok so", "lol", "Throwback :", "honestly ,", "Yes !",
    ),
    "tag": (
        "#tbt", "#love", "#nofilter", "#MondayMotivation", "#photo", "#news", "#weekend",
        "#blessed", "#FridayFeeling", "#sorrynotsorry",
    ),
    "emoji": (
        "\U0001f60d", "\U0001f602", "\U0001f525", "\u2764\ufe0f", "\U0001f44f", "\U0001f64c",
        "\U0001f622",
    ),
}
# fmt: on
"""What stands for {adjective} and so on; {user} and {url} are made up each time."""

# fmt: off
SYLLABLES = (
    "an", "bo", "da", "el", "fy", "jo", "ka", "li", "mia", "no", "ry", "sam", "tom", "vi", "xo",
    "zee",
)
# fmt: on
"""What the names of users are made of."""
