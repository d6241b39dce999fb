#include "storage/query/request_error.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "storage/model/text.h"

namespace codeset::query {
namespace {

using model::Reason;

constexpr absl::string_view kViolationsPayload = "codeset/violations";
constexpr absl::string_view kDomain = "codeset";
// Facts that say what was not found, and of what type that is; where an error has several, the
// last.
struct ResourceFact {
  absl::string_view fact;
  absl::string_view type;
};
constexpr ResourceFact kResourceFacts[] = {{"code", "reference"},  {"release", "release"},
                                           {"concept", "concept"}, {"label", "label"},
                                           {"backup", "backup"},   {"id", "verification"}};

// Trailers hold the message twice, once of it in base64 with the details: with these
// limits they stay below 8 KiB also where every byte is percent-encoded.
constexpr size_t kMaxMessage = 1200;
constexpr size_t kMaxFact = 200;
constexpr size_t kMaxViolations = 8;
constexpr size_t kMaxViolationText = 160;

// `text` as valid UTF-8, cut at a character's border with a mark where it is longer.
std::string Cut(absl::string_view text, size_t limit) {
  // A last guard: whoever made the text was to keep it valid, but protobuf would drop the
  // whole error for one bad byte.
  std::string valid = model::EscapeInvalidUtf8(text);
  if (valid.size() <= limit) return valid;
  constexpr absl::string_view kMark = " ...";
  return absl::StrCat(model::CutUtf8(valid, limit - kMark.size()), kMark);
}

google::rpc::BadRequest ReadViolations(const absl::Status& status) {
  google::rpc::BadRequest request;
  const absl::optional<absl::Cord> payload = status.GetPayload(kViolationsPayload);
  if (payload.has_value()) request.ParseFromString(std::string(*payload));
  return request;
}

google::rpc::BadRequest Shortened(const google::rpc::BadRequest& all) {
  google::rpc::BadRequest shortened;
  const auto count = static_cast<size_t>(all.field_violations_size());
  for (size_t i = 0; i < std::min(count, kMaxViolations); ++i) {
    const auto& from = all.field_violations(static_cast<int>(i));
    auto* to = shortened.add_field_violations();
    to->set_field(Cut(from.field(), kMaxViolationText));
    to->set_description(Cut(from.description(), kMaxViolationText));
  }
  if (count > kMaxViolations) {
    auto* more = shortened.add_field_violations();
    more->set_field("...");
    more->set_description(absl::StrCat("and ", count - kMaxViolations, " more fields"));
  }
  return shortened;
}

}  // namespace

absl::Status InvalidFields(Reason reason, const std::vector<Violation>& violations) {
  std::string message;
  google::rpc::BadRequest request;
  for (const Violation& violation : violations) {
    absl::StrAppend(&message, message.empty() ? "" : "; ", violation.field, ": ",
                    violation.description);
    auto* field = request.add_field_violations();
    field->set_field(model::EscapeInvalidUtf8(violation.field));
    field->set_description(model::EscapeInvalidUtf8(violation.description));
  }
  absl::Status status = model::MakeError(reason, message);
  status.SetPayload(kViolationsPayload, absl::Cord(request.SerializeAsString()));
  return status;
}

absl::Status AtField(const absl::Status& status, absl::string_view field) {
  if (!absl::IsInvalidArgument(status) || status.GetPayload(kViolationsPayload).has_value()) {
    return status;
  }
  absl::Status named(status.code(), absl::StrCat(field, ": ", status.message()));
  status.ForEachPayload(
      [&](absl::string_view type, const absl::Cord& payload) { named.SetPayload(type, payload); });
  google::rpc::BadRequest request;
  request.add_field_violations()->set_field(std::string(field));
  request.mutable_field_violations(0)->set_description(model::EscapeInvalidUtf8(status.message()));
  named.SetPayload(kViolationsPayload, absl::Cord(request.SerializeAsString()));
  return named;
}

std::vector<Violation> ViolationsOf(const absl::Status& status) {
  std::vector<Violation> violations;
  const google::rpc::BadRequest request = ReadViolations(status);
  for (const auto& field : request.field_violations()) {
    violations.push_back({field.field(), field.description()});
  }
  return violations;
}

absl::Status NotFound(Reason reason, absl::string_view type, absl::string_view name,
                      absl::string_view message) {
  return model::MakeError(reason, message, {{std::string(type), model::CleanName(name)}});
}

google::rpc::Status ErrorDetailsOf(const absl::Status& status) {
  const std::optional<Reason> known = model::ReasonOf(status);
  const Reason reason = known.value_or(Reason::kInternal);
  google::rpc::Status details;
  details.set_code(static_cast<int>(model::ReasonCode(reason)));
  details.set_message(Cut(status.message(), kMaxMessage));
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(model::ReasonName(reason)));
  info.set_domain(std::string(kDomain));
  const model::ErrorFacts facts = model::FactsOf(status);
  for (const auto& [name, value] : facts)
    (*info.mutable_metadata())[Cut(name, kMaxFact)] = Cut(value, kMaxFact);
  details.add_details()->PackFrom(info);

  if (const google::rpc::BadRequest request = ReadViolations(status);
      request.field_violations_size() > 0) {
    details.add_details()->PackFrom(Shortened(request));
  }
  if (model::ReasonCode(reason) == absl::StatusCode::kNotFound) {
    google::rpc::ResourceInfo resource;
    for (const ResourceFact& known_fact : kResourceFacts) {
      const auto fact = facts.find(std::string(known_fact.fact));
      if (fact == facts.end()) continue;
      resource.set_resource_type(std::string(known_fact.type));
      resource.set_resource_name(Cut(fact->second, kMaxFact));
    }
    resource.set_description(Cut(status.message(), kMaxFact));
    details.add_details()->PackFrom(resource);
  }
  return details;
}

}  // namespace codeset::query
