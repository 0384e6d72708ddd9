"""A few clicks on news with titles and topics, and what loops over them make of a pair."""

import numpy as np

from jaxrec.data import Interactions
from jaxrec.graph import news_graph

N_USERS, N_NEWS, DIM, WORDS, WORD_DIM = 4, 6, 4, 7, 3
CLICKS = Interactions(
    np.array([0, 0, 0, 1, 2, 1, 0], np.int32),
    np.array([0, 1, 2, 0, 1, 3, 4], np.int32),
    N_USERS,
    N_NEWS,
)
"""User 3 has clicked nothing, and nobody news 5."""
WORD = np.array(
    [[1, 2, 3, 0], [4, 1, 0, 0], [5, 6, 7, 1], [2, 0, 0, 0], [7, 7, 2, 0], [0] * 4], np.int32
)
TOPIC = np.array([0, 1, 0, 1, 0, -1], np.int32)
_RNG = np.random.default_rng(3)
VECTOR = _RNG.normal(size=(N_NEWS, 2)).astype(np.float32)
CONTENT = (VECTOR / np.linalg.norm(VECTOR, axis=1, keepdims=True)).astype(np.float32)


def small_graph(n_recent: int = 3, clicks: Interactions = CLICKS):
    """Of these clicks; three latest of user 0's four."""
    return news_graph(clicks, WORD, VECTOR, CONTENT, TOPIC, WORDS, n_recent=n_recent)


def relu(x):
    return np.maximum(x, 0)


def unit(x):
    length = np.linalg.norm(x)
    return x / length if length > 0 else x


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def layer(p, *parts):
    return np.concatenate(parts) @ p["kernel"] + p["bias"]


def text(p, news):
    """A convolution over three words and the largest of each filter, beside the vector."""
    words = [np.zeros(WORD_DIM), *(p["word"][w - 1] for w in WORD[news] if w), np.zeros(WORD_DIM)]
    best = np.zeros(DIM)
    for t in range(1, len(words) - 1):
        window = sum(words[t + k - 1] @ p["conv"]["kernel"][k] for k in range(3))
        best = np.maximum(best, relu(window + p["conv"]["bias"]))
    return relu(layer(p["dense"], best, VECTOR[news]))


def attention(p, values, query):
    logit = [np.tanh(c @ p["key"] + query @ p["query"]) @ p["logit"] for c in values]
    weight = np.exp(logit) / np.exp(logit).sum()
    return sum(w * c for w, c in zip(weight, values, strict=True))


def lstm(p, xs):
    """Hochreiter and Schmidhuber's cell with a forget gate, from zeros: the states."""
    h, c, out = np.zeros(DIM), np.zeros(DIM), []
    for x in xs:
        gate = {g: x @ p[f"i{g}"]["kernel"] + layer(p[f"h{g}"], h) for g in "ifgo"}
        c = sigmoid(gate["f"]) * c + sigmoid(gate["i"]) * np.tanh(gate["g"])
        h = sigmoid(gate["o"]) * np.tanh(c)
        out.append(h)
    return out


def short_term(p, clicked, candidate):
    """The attention a candidate pays to the clicks, and the attentive states of the LSTM."""
    if not clicked:
        return relu(layer(p["dense"], np.zeros(DIM), np.zeros(DIM)))
    states = lstm(p["lstm"], clicked)
    read = [attention(p["states"], states[: t + 1], states[t]) for t in range(len(states))]
    windows = [
        relu(layer(p["window"], read[t - 1] if t else np.zeros(DIM), read[t]))
        for t in range(len(read))
    ]
    return relu(
        layer(p["dense"], attention(p["content"], clicked, candidate), np.max(windows, axis=0))
    )


def edges(graph):
    return list(zip(graph.graph.senders.tolist(), graph.graph.receivers.tolist(), strict=True))


def score(p, graph, user, news, n_layers, own_vector, wide, short):
    """Equation by equation, the pair's own edge taken out where the two are looked at."""
    texts = [text(p["title"], row) for row in range(N_NEWS)]
    tables = [*p["user"], *texts, *p["topic"]]
    links, place = edges(graph), N_USERS + news

    def step(weights, vectors, row, own, apart=None):
        heard = [vectors[s] for s, r in links if r == row and s != apart]
        mean = np.mean(heard, axis=0) if heard else np.zeros(DIM)
        return unit(relu(layer(weights, mean, own) if own_vector else layer(weights, mean)))

    levels = [tables]
    for weights in p["layers"][:-1]:
        levels.append([step(weights, levels[-1], r, x) for r, x in enumerate(levels[-1])])

    def last(row, apart):
        x = tables[row]
        for weights, vectors in zip(p["layers"], levels, strict=False):
            x = step(weights, vectors, row, x, apart)
        return x

    u, n = last(user, place), last(place, user)
    mine = [row for u_, row in zip(CLICKS.user, CLICKS.item, strict=True) if u_ == user][-3:]
    clicked = [row for row in mine if row != news]
    if short:
        brought = short_term(p["short_term"], [texts[row] for row in clicked], texts[news])
        u = unit(layer(p["interest"], u, brought))
    hidden = relu(layer(p["head"][0], u, n))
    found = (hidden @ p["head"][1]["kernel"])[0]
    if wide:
        pairs = zip(CLICKS.user.tolist(), CLICKS.item.tolist(), strict=True)
        n_clicks = sum(item == news and who != user for who, item in pairs)
        profile = unit(sum((CONTENT[row] for row in clicked), np.zeros(2)))
        features = profile @ CONTENT[news], np.log1p(n_clicks), 1.0
        found += features @ np.asarray(graph.wide, np.float64)
    return found
