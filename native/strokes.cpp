#include "strokes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace unrolled {

namespace {

[[noreturn]] void unlike(const char* why) { throw std::invalid_argument(why); }

void check(const Frames& frames, const KeyTrie& trie, const Prior& prior) {
  if (frames.T > most_frames) unlike("a stroke has too many frames");
  if (trie.N == 0) unlike("a trie has a root");
  if (trie.words[0] != 0 || static_cast<std::size_t>(trie.words[trie.N]) != trie.W) unlike("words lie outside the trie");
  if (trie.children[0] != 1 || static_cast<std::size_t>(trie.children[trie.N]) != trie.N) unlike("nodes lie outside the trie");
  for (std::size_t n = 0; n < trie.N; ++n) {
    if (trie.words[n + 1] < trie.words[n]) unlike("the words of a trie are not in order");
    if (trie.children[n + 1] < trie.children[n] || static_cast<std::size_t>(trie.children[n]) <= n) {
      unlike("the nodes of a trie are not in order");
    }
    if (n > 0 && trie.keys[n] >= frames.K) unlike("a trie has a key that the frames lack");
  }
  for (std::size_t w = 0; w < trie.W; ++w) {
    if (trie.ids[w] < 0 || static_cast<std::size_t>(trie.ids[w]) >= prior.V) unlike("a word without a probability");
  }
}

// Depth first, at each node the child that may become the best one first. What may yet become of a node has at most the
// probability that the stroke begins with its keys, and at most the prior of the best of the words below it.
class Search {
 public:
  Search(const Frames& frames, const KeyTrie& trie, const Prior& prior, std::size_t most)
      : T_(frames.T), trie_(trie), prior_(prior), most_(most), blank_(frames.T), keys_(frames.K * frames.T),
        best_(trie.N, 0.0f), written_((longest_keys + 1) * (frames.T + 1)) {
    for (std::size_t t = 0; t < T_; ++t) {
      blank_[t] = std::exp(static_cast<double>(frames.blank[t]));
      for (std::size_t k = 0; k < frames.K; ++k) {
        keys_[k * T_ + t] = std::exp(static_cast<double>(frames.keys[t * frames.K + k]));
      }
    }
    for (std::size_t n = trie.N; n-- > 0;) {
      float best = 0.0f;
      for (auto w = trie.words[n]; w < trie.words[n + 1]; ++w) best = std::max(best, prior.p[trie.ids[w]]);
      for (auto c = trie.children[n]; c < trie.children[n + 1]; ++c) best = std::max(best, best_[static_cast<std::size_t>(c)]);
      best_[n] = best;
    }
    double* written = row(0);
    written[0] = 1.0;
    for (std::size_t t = 0; t < T_; ++t) written[t + 1] = written[t] * blank_[t];
  }

  std::vector<std::pair<std::int32_t, double>> run() {
    if (most_ > 0) below(0, 0);
    return std::move(found_);
  }

 private:
  // After row(d)[t], the first t frames have written the d keys down to a node and nothing else.
  double* row(std::size_t d) { return written_.data() + d * (T_ + 1); }

  double prior(float p) const { return prior_.weight * std::log(std::max(static_cast<double>(p), prior_.least)); }

  double least() const { return found_.size() < most_ ? -std::numeric_limits<double>::infinity() : found_.back().second; }

  void below(std::size_t node, std::size_t depth) {
    if (depth == longest_keys) {
      if (trie_.children[node] < trie_.children[node + 1]) unlike("a word has too many keys");
      return;
    }
    const double* written = row(depth);
    std::vector<std::pair<double, std::size_t>> open;
    for (auto c = trie_.children[node]; c < trie_.children[node + 1]; ++c) {
      const auto child = static_cast<std::size_t>(c);
      if (!(best_[child] > 0.0f)) continue;
      const double* key = keys_.data() + trie_.keys[child] * T_;
      double begun = 0.0;  // the probability that the stroke goes on with this key
      for (std::size_t t = 0; t < T_; ++t) begun += written[t] * key[t];
      const double bound = std::log(begun) + prior(best_[child]);
      if (begun > 0.0 && bound > least()) open.emplace_back(bound, child);
    }
    std::sort(open.begin(), open.end(), [](const auto& one, const auto& other) {
      return one.first != other.first ? one.first > other.first : one.second < other.second;
    });
    for (const auto& [bound, child] : open) {
      if (!(bound > least())) break;
      read(child, depth + 1);
      below(child, depth + 1);
    }
  }

  // Fills the row of a node and enters its words.
  void read(std::size_t node, std::size_t depth) {
    const double *before = row(depth - 1), *key = keys_.data() + trie_.keys[node] * T_;
    double *written = row(depth), last = 0.0, blank = 0.0;  // the last frame was the key, or blank
    written[0] = 0.0;
    for (std::size_t t = 0; t < T_; ++t) {
      blank = (blank + last) * blank_[t];
      last = (last + before[t]) * key[t];
      written[t + 1] = blank + last;
    }
    if (!(written[T_] > 0.0)) return;
    const double log_p = std::log(written[T_]);
    for (auto w = trie_.words[node]; w < trie_.words[node + 1]; ++w) {
      const float p = prior_.p[trie_.ids[w]];
      if (p > 0.0f) enter(trie_.ids[w], log_p + prior(p));
    }
  }

  void enter(std::int32_t id, double score) {
    if (!(score > least())) return;
    if (found_.size() == most_) found_.pop_back();
    const auto after = std::find_if(found_.rbegin(), found_.rend(), [&](const auto& other) { return !(other.second < score); });
    found_.insert(after.base(), {id, score});
  }

  const std::size_t T_;
  const KeyTrie trie_;
  const Prior prior_;
  const std::size_t most_;
  std::vector<double> blank_, keys_;  // (T), (K, T): probabilities
  std::vector<float> best_;           // (N): the highest p of the words at a node and below
  std::vector<double> written_;
  std::vector<std::pair<std::int32_t, double>> found_;
};

}  // namespace

std::vector<std::pair<std::int32_t, double>> search_stroke(const Frames& frames, const KeyTrie& trie, const Prior& prior,
                                                           std::size_t most) {
  check(frames, trie, prior);
  return Search(frames, trie, prior, most).run();
}

}  // namespace unrolled
