#include "storage/query/request.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/model/concept_id.h"
#include "storage/model/text.h"
#include "storage/query/selector_check.h"

namespace codeset::query {
namespace {

using model::Reason;

// The values of a repeated enum; `is_valid` is the one that protobuf generates for it.
template <typename Enum>
absl::flat_hash_set<Enum> Values(RequestCheck& check, absl::string_view field,
                                 const google::protobuf::RepeatedField<int>& values,
                                 bool (*is_valid)(int)) {
  absl::flat_hash_set<Enum> result;
  for (int i = 0; i < values.size(); ++i) {
    if (values[i] == 0 || !is_valid(values[i])) {
      check.Fail(absl::StrCat(field, "[", i, "]"),
                 absl::StrCat(values[i], " is none of its values"));
      continue;
    }
    result.insert(static_cast<Enum>(values[i]));
  }
  return result;
}

}  // namespace

std::string ShownText(absl::string_view text) {
  return std::string(model::CutUtf8(text, model::kMaxIdTextLength));
}

void RequestCheck::Selector(absl::string_view field, const v1::ReleaseSelector& selector) {
  const absl::Status status = CheckSelector(selector);
  Fail(absl::StrCat(field, selector.has_date() ? ".date" : ".release"), status);
  for (const Violation& violation : CheckAssertions(field, selector)) {
    Fail(violation.field, violation.description);
  }
}

std::string RequestCheck::ConceptKey(absl::string_view field, absl::string_view text) {
  if (text.empty()) {
    Fail(field, "it is required");
    return "";
  }
  absl::StatusOr<std::string> key = model::ParseConceptKey(text);
  Fail(field, key.status());
  return key.ok() ? *std::move(key) : "";
}

std::optional<std::string> RequestCheck::OptionalConceptKey(absl::string_view field,
                                                            absl::string_view text) {
  if (text.empty()) return std::nullopt;
  return ConceptKey(field, text);
}

std::string RequestCheck::Code(absl::string_view field, absl::string_view text) {
  absl::StatusOr<std::string> code = model::ParseCode(text);
  Fail(field, code.status());
  return code.ok() ? *std::move(code) : "";
}

v1::ConceptView RequestCheck::View(absl::string_view field, v1::ConceptView view) {
  if (!v1::ConceptView_IsValid(view)) {
    Fail(field, absl::StrCat(static_cast<int>(view), " is no view"));
  }
  return view == v1::CONCEPT_VIEW_UNSPECIFIED ? v1::CONCEPT_VIEW_BASIC : view;
}

int RequestCheck::PageSize(absl::string_view field, int size) {
  if (size == 0) return kDefaultPageSize;
  if (size < 0 || size > kMaxPageSize) {
    Fail(field, absl::StrCat("it goes from 1 to ", kMaxPageSize, " (0 means ", kDefaultPageSize,
                             "), not ", size));
    return kDefaultPageSize;
  }
  return size;
}

void RequestCheck::Count(absl::string_view field, int count, int most) {
  if (count < 1 || count > most) {
    Fail(field, absl::StrCat("1 to ", most, " are taken, not ", count));
  }
}

absl::flat_hash_set<v1::ConceptKind> RequestCheck::Kinds(
    absl::string_view field, const google::protobuf::RepeatedField<int>& kinds) {
  return Values<v1::ConceptKind>(*this, field, kinds, v1::ConceptKind_IsValid);
}

absl::flat_hash_set<v1::Facet> RequestCheck::Facets(
    absl::string_view field, const google::protobuf::RepeatedField<int>& facets) {
  return Values<v1::Facet>(*this, field, facets, v1::Facet_IsValid);
}

absl::flat_hash_set<v1::NoteKind> RequestCheck::NoteKinds(
    absl::string_view field, const google::protobuf::RepeatedField<int>& kinds) {
  return Values<v1::NoteKind>(*this, field, kinds, v1::NoteKind_IsValid);
}

absl::flat_hash_set<v1::VerificationStatus> RequestCheck::Statuses(
    absl::string_view field, const google::protobuf::RepeatedField<int>& statuses) {
  return Values<v1::VerificationStatus>(*this, field, statuses, v1::VerificationStatus_IsValid);
}

absl::flat_hash_set<v1::ChangeLevel> RequestCheck::Levels(
    absl::string_view field, const google::protobuf::RepeatedField<int>& levels) {
  return Values<v1::ChangeLevel>(*this, field, levels, v1::ChangeLevel_IsValid);
}

void RequestCheck::Fail(absl::string_view field, absl::string_view description, Reason reason) {
  if (violations_.empty()) reason_ = reason;
  violations_.push_back({std::string(field), std::string(description)});
}

void RequestCheck::Fail(absl::string_view field, const absl::Status& why) {
  if (why.ok()) return;
  Fail(field, why.message(), model::ReasonOf(why).value_or(Reason::kArgumentInvalid));
}

absl::Status RequestCheck::status() const {
  return violations_.empty() ? absl::OkStatus() : InvalidFields(reason_, violations_);
}

}  // namespace codeset::query
