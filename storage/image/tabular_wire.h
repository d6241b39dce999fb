// What a release's tabular list says of its concepts, as the bytes that answers consist of: the
// fields `notes`, `seventh_characters` and `visual_impairment` of codeset.v1.Concept, one after
// another. Made once for each image and spliced into answers from then on
// (storage/query/concept_wire.h).
//
// Bytes lie page by page, and those of a page are shared between the images that hold the page
// wherever they are equal; they differ where what a note names is there in one release and not
// in another.
//
// Thread-safe because immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/image/fetch.h"
#include "storage/image/image.h"

namespace codeset::image {

// See above.
class TabularWire {
 public:
  // The image outlives it.
  explicit TabularWire(const Image& image);

  TabularWire(const TabularWire&) = delete;
  TabularWire& operator=(const TabularWire&) = delete;

  // The bytes of a concept; empty where the tabular list says nothing of the kind.
  absl::string_view Of(NodeIndex node) const {
    return slots_.empty() ? absl::string_view() : parts_[slots_[node]];
  }

  // Each fetches some of what Of reads into the cache; see Image::FetchKey.
  void FetchSlot(NodeIndex node) const {
    if (!slots_.empty()) Prefetch(&slots_[node]);
  }
  void FetchPart(NodeIndex node) const {
    if (!slots_.empty()) Prefetch(&parts_[slots_[node]]);
  }
  void FetchBytes(NodeIndex node) const {
    const absl::string_view bytes = Of(node);
    for (size_t i = 0; i < bytes.size(); i += 64) Touch(bytes.data() + i);
  }

 private:
  // Of each node its place in `parts_`. Empty where the release has no tabular group.
  std::vector<uint32_t> slots_;
  // The first one is empty, for all concepts of which nothing is said.
  std::vector<absl::string_view> parts_;
  // What the parts lie in.
  std::vector<std::shared_ptr<const std::string>> held_;
};

}  // namespace codeset::image
