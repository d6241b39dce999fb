// Validation of requests, all of it in one place: the limits that the protos publish, and
// the words in which a breach is told. Everything that is wrong with a request is told at
// once.
//
//   RequestCheck check;
//   check.Selector("release", request.release());
//   const std::string key = check.ConceptKey("id", request.id());
//   RETURN_IF_ERROR(check.status());
//
// Not thread-safe: each request has its own.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/concept.pb.h"
#include "codeset/v1/releases.pb.h"
#include "codeset/v1/selector.pb.h"
#include "codeset/v1/verification.pb.h"
#include "google/protobuf/repeated_field.h"
#include "storage/model/error.h"
#include "storage/query/request_error.h"

namespace codeset::query {

inline constexpr int kDefaultPageSize = 100;
inline constexpr int kMaxPageSize = 1000;
inline constexpr int kMaxBatchIds = 10000;
// Concepts of a batch, in bytes. What the wire adds stays below the server's limit on
// messages (64 MiB), beyond which gRPC would end the call without a reason.
inline constexpr size_t kMaxBatchBytes = size_t{48} << 20;
inline constexpr int kMaxCommonAncestorIds = 1000;

// A text of a request as an answer repeats it: its first 64 bytes. An answer must not grow with
// what is refused.
std::string ShownText(absl::string_view text);

// See above. Each method looks at one field, whose path within the request is its first
// argument, and returns the value to go on with; where the field is wrong that is a
// default, which status() then keeps from being used.
class RequestCheck {
 public:
  // Anything that is wrong with a selector whatever is loaded.
  void Selector(absl::string_view field, const v1::ReleaseSelector& selector);

  // A required concept id; returns the key by which an image knows it.
  std::string ConceptKey(absl::string_view field, absl::string_view text);

  // A concept id that may be left out.
  std::optional<std::string> OptionalConceptKey(absl::string_view field, absl::string_view text);

  // A required code (no chapter or section); returns it undotted.
  std::string Code(absl::string_view field, absl::string_view text);

  // A view; UNSPECIFIED becomes BASIC.
  v1::ConceptView View(absl::string_view field, v1::ConceptView view);

  // A page size; 0 becomes the default.
  int PageSize(absl::string_view field, int size);

  // A repeated field of 1 to `most` items.
  void Count(absl::string_view field, int count, int most);

  // Kinds, facets and the like: known values other than UNSPECIFIED.
  absl::flat_hash_set<v1::ConceptKind> Kinds(absl::string_view field,
                                             const google::protobuf::RepeatedField<int>& kinds);
  absl::flat_hash_set<v1::Facet> Facets(absl::string_view field,
                                        const google::protobuf::RepeatedField<int>& facets);
  absl::flat_hash_set<v1::NoteKind> NoteKinds(absl::string_view field,
                                              const google::protobuf::RepeatedField<int>& kinds);

  absl::flat_hash_set<v1::VerificationStatus> Statuses(
      absl::string_view field, const google::protobuf::RepeatedField<int>& statuses);
  absl::flat_hash_set<v1::ChangeLevel> Levels(absl::string_view field,
                                              const google::protobuf::RepeatedField<int>& levels);

  // Records that a field is wrong.
  void Fail(absl::string_view field, absl::string_view description,
            model::Reason reason = model::Reason::kArgumentInvalid);
  // The same with an error's reason and words; OK is no failure.
  void Fail(absl::string_view field, const absl::Status& why);

  // OK, or one error with all violations and the reason of the first.
  absl::Status status() const;

 private:
  std::vector<Violation> violations_;
  model::Reason reason_ = model::Reason::kArgumentInvalid;
};

}  // namespace codeset::query
