// The words of a stroke: every word against the sum over all its paths, in arrays of exactly their size.
#include "strokes.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "check.h"
#include "test.h"

using check::Exact;
using check::Random;

namespace {

using Word = std::vector<std::uint8_t>;

constexpr double weight = 0.5, least = 0.01;

Word random_word(Random& random, std::size_t longest, std::size_t K) {
  Word word(1 + random.below(longest));
  for (std::size_t i = 0; i < word.size(); ++i) {
    word[i] = static_cast<std::uint8_t>(random.below(K));
    if (i > 0 && word[i] == word[i - 1]) word[i] = static_cast<std::uint8_t>((word[i] + 1) % K);
  }
  return word;
}

// A trie in arrays of exactly its size; the word with id w has the keys words[w].
struct Arrays {
  explicit Arrays(const std::vector<Word>& words) {
    std::vector<Word> level{{}}, nodes;
    while (!level.empty()) {  // breadth first
      nodes.insert(nodes.end(), level.begin(), level.end());
      std::vector<Word> next;
      for (const Word& node : level) {
        std::map<std::uint8_t, bool> after;
        for (const Word& word : words) {
          if (word.size() > node.size() && std::equal(node.begin(), node.end(), word.begin())) after[word[node.size()]] = true;
        }
        for (const auto& [key, there] : after) next.push_back(node), next.back().push_back(key);
      }
      level = next;
    }
    const std::size_t N = nodes.size();
    children = Exact<std::int32_t>(N + 1, 0), starts = Exact<std::int32_t>(N + 1, 0), keys = Exact<std::uint8_t>(N, 0);
    std::vector<std::int32_t> order;
    std::int32_t child = 1;
    for (std::size_t n = 0; n < N; ++n) {
      children[n] = child, starts[n] = static_cast<std::int32_t>(order.size());
      if (n > 0) keys[n] = nodes[n].back();
      for (const Word& other : nodes) {
        child += other.size() == nodes[n].size() + 1 && std::equal(nodes[n].begin(), nodes[n].end(), other.begin());
      }
      for (std::size_t w = 0; w < words.size(); ++w) {
        if (words[w] == nodes[n]) order.push_back(static_cast<std::int32_t>(w));
      }
    }
    children[N] = child, starts[N] = static_cast<std::int32_t>(order.size());
    ids = Exact<std::int32_t>(order);
  }

  unrolled::KeyTrie trie() const { return {keys.size(), ids.size(), children.get(), keys.get(), starts.get(), ids.get()}; }

  Exact<std::int32_t> children, starts, ids;
  Exact<std::uint8_t> keys;
};

struct Read {
  Read(Random& random, std::size_t T, std::size_t K) : T(T), K(K), blank(T), keys(T * K) {
    for (std::size_t t = 0; t < T; ++t) {
      std::vector<double> p = random.floats(K + 1, 3.0f);
      double sum = 0.0;
      for (double& x : p) sum += x = std::exp(x);
      blank[t] = static_cast<float>(std::log(p[K] / sum));
      for (std::size_t k = 0; k < K; ++k) keys[t * K + k] = static_cast<float>(std::log(p[k] / sum));
    }
  }

  unrolled::Frames frames() const { return {T, K, blank.get(), keys.get()}; }

  // The probability that frames t .. T write the rest of a word, the last key being `last` (K for a blank).
  double rest(const Word& word, std::size_t written, std::size_t last, std::size_t t) const {
    if (t == T) return written == word.size() ? 1.0 : 0.0;
    double sum = std::exp(static_cast<double>(blank[t])) * rest(word, written, K, t + 1);
    if (last < K) sum += std::exp(static_cast<double>(keys[t * K + last])) * rest(word, written, last, t + 1);
    if (written < word.size()) {
      sum += std::exp(static_cast<double>(keys[t * K + word[written]])) * rest(word, written + 1, word[written], t + 1);
    }
    return sum;
  }

  std::size_t T, K;
  Exact<float> blank, keys;
};

void check_words(Random& random, std::size_t W, std::size_t T, std::size_t most) {
  const std::size_t K = 2 + random.below(4);
  std::vector<Word> words(W);
  for (Word& word : words) word = random_word(random, 4, K);
  const Arrays arrays(words);
  const Read read(random, T, K);
  Exact<float> p(W, 0.0f);
  for (std::size_t w = 0; w < W; ++w) p[w] = static_cast<float>(random.below(4)) * 0.1f;
  std::vector<double> expected;
  for (std::size_t w = 0; w < W; ++w) {
    const double written = read.rest(words[w], 0, K, 0);
    if (p[w] > 0.0f && written > 0.0) {
      expected.push_back(std::log(written) + weight * std::log(std::max(static_cast<double>(p[w]), least)));
    }
  }
  std::sort(expected.rbegin(), expected.rend());
  expected.resize(std::min(expected.size(), most));
  const auto found = unrolled::search_stroke(read.frames(), arrays.trie(), {p.get(), W, weight, least}, most);
  bool right = found.size() == expected.size();
  for (std::size_t i = 0; right && i < found.size(); ++i) right = std::abs(found[i].second - expected[i]) < 1e-6;
  check::that(right, std::to_string(most) + " of " + std::to_string(W) + " words in " + std::to_string(T) + " frames");
}

bool refuses(const Read& read, const Arrays& arrays, std::size_t V) {
  Exact<float> p(V, 0.1f);
  try {
    unrolled::search_stroke(read.frames(), arrays.trie(), {p.get(), V, weight, least}, 3);
  } catch (const std::invalid_argument&) {
    return true;
  }
  return false;
}

// What is not as it should be is refused and never read beyond.
void check_bounds(Random& random) {
  const std::vector<Word> words{{0, 1}, {0, 2}, {1}};
  const Read read(random, 3, 3);
  check::that(!refuses(read, Arrays(words), 3), "a sound trie");
  check::that(refuses(read, Arrays(words), 2), "a word without a probability");
  check::that(refuses(Read(random, 3, 2), Arrays(words), 3), "a key that the frames lack");
  check::that(refuses(Read(random, unrolled::most_frames + 1, 3), Arrays(words), 3), "too many frames");
  for (std::int32_t wrong : {-1, 0, 99, 2147483647}) {
    for (std::size_t i : {0u, 2u}) {
      Arrays children(words), starts(words), ids(words);
      children.children[i] = wrong, starts.starts[i + 1] = wrong, ids.ids[i] = wrong;
      check::that(refuses(read, children, 3), "children outside the trie");
      check::that(wrong == 0 || refuses(read, starts, 3), "words outside the trie");
      check::that(wrong == 0 || refuses(read, ids, 3), "ids without a probability");
    }
  }
  Word endless(unrolled::longest_keys + 1);
  for (std::size_t i = 0; i < endless.size(); ++i) endless[i] = i % 2;
  check::that(refuses(Read(random, 80, 2), Arrays({endless}), 1), "a word of too many keys");
}

}  // namespace

void test_strokes(std::size_t effort) {
  Random random(17);
  check_bounds(random);
  for (std::size_t round = 0; round < 20 * effort; ++round) {
    check_words(random, random.below(12), 1 + random.below(6), 1 + random.below(14));
  }
}
