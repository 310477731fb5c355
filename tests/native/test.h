// The parts of the test. `effort` is how much of it to run, 1 or more.
#pragma once

#include <cstddef>

void test_elementwise();
void test_rows();
void test_cross_entropy(std::size_t effort);
void test_lexicon(std::size_t effort);
void test_recurrent(std::size_t effort);
void test_scan(std::size_t effort);
void test_scores(std::size_t effort);
void test_stack(std::size_t effort);
void test_strokes(std::size_t effort);
void test_shared_work(std::size_t effort);
void test_threads(std::size_t effort);
