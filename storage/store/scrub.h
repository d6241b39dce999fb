// Proving everything that a data directory holds: pages and sources against their digests, the
// index against the pages, entries against each other.
//
// Used through Store::Scrub. Works on one snapshot, so that what is loaded or deleted meanwhile
// changes nothing for it; reads past the block cache. What is damaged is told and passed over.
//
// Not thread-safe; a scrub runs on one thread, beside readers and writers.
#pragma once

#include <cstdint>
#include <functional>

#include "codeset/v1/scrub.pb.h"

namespace codeset::store {

// How a scrub is run.
struct ScrubOptions {
  // How many bytes of content, uncompressed, and of files it may prove in a second; 0 for any
  // number.
  int64_t bytes_per_second = 0;
  // Is told, often, how far it has come; may be empty.
  std::function<void(const v1::ScrubProgress&)> progress;
  // Is asked, often, whether to give up; may be empty.
  std::function<bool()> cancelled;
};

// The most findings that a report lists.
inline constexpr int kMostScrubFindings = 1000;

}  // namespace codeset::store
