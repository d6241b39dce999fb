// Concepts as the bytes that answers consist of, without messages: what a
// codeset.v1.Concept made by ViewConcept (concept_view.h) serialises to, byte for byte.
//
// Texts are taken from the image's pages as they lie there and notes from the bytes that the
// image keeps of them (storage/image/tabular_wire.h); a few numbers are written beside them.
// Only what the EFFECTIVE view adds is made as a message first.
//
//   ConceptWire wire(image, view);
//   wire.AppendField(v1::GetConceptResponse::kFoundFieldNumber, node, bytes);
//
// Thread-safe: a value over an immutable image, which must outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "codeset/v1/concept.pb.h"
#include "storage/image/image.h"
#include "storage/image/tabular_wire.h"

namespace codeset::query {

// See above.
class ConceptWire {
 public:
  // `view` as RequestCheck::View gives it.
  ConceptWire(const image::Image& image, v1::ConceptView view);

  // How many concepts are best warmed at a time: what they need fits into a small cache.
  static constexpr int kWarm = 64;

  // Fetches what is read of the concepts of some keys, as image::PackKey gives them, into the
  // cache, so that memory is waited for once for all of them. Changes nothing.
  void Warm(absl::Span<const uint64_t> keys) const;

  // Appends a field of some message, with its number and length, that is the concept.
  void AppendField(int field, image::NodeIndex node, std::string& bytes) const;

  // The same within a field of another message: what is appended is a message of field `outer`
  // whose only field is `inner`, the concept, followed by `rest`, the other fields of that
  // message as they serialise.
  void AppendNested(int outer, int inner, image::NodeIndex node, absl::string_view rest,
                    std::string& bytes) const;

 private:
  struct Parts;

  void Gather(image::NodeIndex node, Parts& parts) const;
  void Write(const Parts& parts, std::string& bytes) const;

  const image::Image& image_;
  v1::ConceptView view_;
  v1::Placement placement_;
  v1::TabularState tabular_state_;
  bool poa_known_;
  // Null in the BASIC view.
  const image::TabularWire* tabular_ = nullptr;
};

}  // namespace codeset::query
