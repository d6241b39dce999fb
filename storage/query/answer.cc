#include "storage/query/answer.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "codeset/v1/error.pb.h"
#include "storage/model/canonical.h"
#include "storage/model/concept_id.h"
#include "storage/model/date.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/query/code_text.h"
#include "storage/query/concept_view.h"
#include "storage/query/hierarchy.h"

namespace codeset::query {
namespace {

using model::Reason;

// The item of a batch that could not be answered.
v1::ConceptResult Failure(absl::string_view id, v1::ErrorReason reason, const absl::Status& why) {
  v1::ConceptResult result;
  v1::ConceptFailure* failure = result.mutable_failure();
  failure->set_id(std::string(id));
  failure->set_reason(reason);
  failure->set_message(std::string(why.message()));
  return result;
}

}  // namespace

v1::ResolvedRelease ResolvedOf(const ReleaseFacts& release, v1::Coverage coverage) {
  v1::ResolvedRelease resolved;
  resolved.set_release_id(std::string(release.id));
  resolved.set_effective_date(model::FormatDate(release.effective));
  resolved.set_fingerprint(std::string(release.fingerprint));
  for (const auto& [group, digest] : release.groups) {
    auto* fingerprint = resolved.add_facet_groups();
    fingerprint->set_group(static_cast<v1::FacetGroup>(group));
    fingerprint->set_fingerprint(model::FormatDigest(digest));
  }
  *resolved.mutable_coverage() = std::move(coverage);
  resolved.set_structure_from(std::string(release.structure_from));
  resolved.set_poa_from(std::string(release.poa_from));
  return resolved;
}

v1::ResolvedRelease ResolvedOf(const image::ImageSpec& spec, v1::Coverage coverage) {
  const std::string fingerprint = model::FormatDigest(model::ReleaseFingerprint(spec.groups));
  ReleaseFacts facts;
  facts.id = spec.release_id;
  facts.effective = spec.effective;
  facts.fingerprint = fingerprint;
  facts.groups = spec.groups;
  if (spec.lender.has_value()) facts.structure_from = spec.lender->release_id;
  if (spec.poa.has_value()) facts.poa_from = spec.poa->release_id;
  return ResolvedOf(facts, std::move(coverage));
}

absl::StatusOr<image::NodeIndex> FindNode(const image::Image& image, absl::string_view key) {
  if (const std::optional<image::NodeIndex> node = image.Find(key)) return *node;
  const std::string id = model::FormatConceptKey(key);
  const model::ErrorFacts facts = {{"concept", id}, {"release", image.release_id()}};
  if (!model::IsCode(key) && !image.Has(model::FacetGroup::kTabular)) {
    // What the release lacks is not known, and the caller must not take it for absent.
    const absl::string_view lender = image.structure_from();
    return model::MakeError(
        Reason::kStructureNotKnown,
        absl::StrCat("chapter or section ", id, " is not known: release ", image.release_id(),
                     " has no tabular list of its own",
                     lender.empty()
                         ? " and none is loaded to lend one"
                         : absl::StrCat(", and that of ", lender, ", on loan, does not list it")),
        facts);
  }
  return model::MakeError(Reason::kConceptNotFound,
                          absl::StrCat("release ", image.release_id(), " has no concept ", id),
                          facts);
}

std::optional<image::NodeIndex> FindItem(const image::Image& image, const std::string& id,
                                         uint64_t plain, v1::ConceptResult& failure) {
  // Most ids are codes in a plain spelling.
  if (plain != 0) {
    if (const std::optional<image::NodeIndex> node = image.FindPacked(plain)) return node;
  }
  const absl::StatusOr<std::string> key = model::ParseConceptKey(id);
  if (!key.ok()) {
    failure = Failure(id, v1::ERROR_REASON_CONCEPT_ID_INVALID, key.status());
    return std::nullopt;
  }
  const absl::StatusOr<image::NodeIndex> node = FindNode(image, *key);
  if (node.ok()) return *node;
  const bool unknown = model::ReasonOf(node.status()) == Reason::kStructureNotKnown;
  failure = Failure(
      id, unknown ? v1::ERROR_REASON_STRUCTURE_NOT_KNOWN : v1::ERROR_REASON_CONCEPT_NOT_FOUND,
      node.status());
  return std::nullopt;
}

v1::ConceptResult LookUp(const image::Image& image, const std::string& id, v1::ConceptView view) {
  v1::ConceptResult result;
  const std::optional<image::NodeIndex> node = FindItem(image, id, ReadPlainCode(id), result);
  if (node.has_value()) *result.mutable_found() = ViewConcept(image, *node, view);
  return result;
}

absl::StatusOr<v1::GetCommonAncestorResponse> AnswerCommonAncestor(
    const image::Image& image, const std::vector<std::string>& keys, v1::ConceptView view) {
  std::vector<image::NodeIndex> nodes;
  nodes.reserve(keys.size());
  for (const std::string& key : keys) {
    ASSIGN_OR_RETURN(const image::NodeIndex node, FindNode(image, key));
    nodes.push_back(node);
  }
  const CommonAncestor found = FindCommonAncestor(image, nodes);
  v1::GetCommonAncestorResponse response;
  if (found.node.has_value()) *response.mutable_ancestor() = ViewConcept(image, *found.node, view);
  response.set_not_known(found.not_known);
  return response;
}

}  // namespace codeset::query
