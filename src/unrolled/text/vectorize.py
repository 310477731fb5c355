"""Texts as numbers: four ways, one face. Each says whether it keeps the order of the words.

    count      how often each word of the vocabulary occurs               (N, V)      order lost
    tf-idf     that, times how rare the word is among the documents       (N, V)      order lost
    one-hot    a 1 in the column of the word, of each word in turn        N × (T, V)  order kept
    word2vec   the learnt vector of each word in turn                     N × (T, E)  order kept

All are transformers of scikit-learn: steps of a `Pipeline`, cloned, searched over. What they have learnt is a few
arrays; with these `from_arrays` makes a vectorizer that needs neither scikit-learn nor gensim.
"""

from unrolled.text.bags import Count, TfIdf
from unrolled.text.vectorizer import Vectorizer
from unrolled.text.word_sequences import OneHot, Sequences, Word2Vec

__all__ = ["VECTORIZERS", "Count", "OneHot", "Sequences", "TfIdf", "Vectorizer", "Word2Vec"]

VECTORIZERS: dict[str, type[Vectorizer]] = {"count": Count, "tf-idf": TfIdf, "one-hot": OneHot, "word2vec": Word2Vec}
