// Pages and events as they are stored: canonical form, what they cite, records.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/store/ledger_records.h"

namespace codeset::store {
namespace {

using model::Reason;

// The series that a source is an edition of; empty if of none.
absl::string_view SeriesOf(v1::SourceKind kind, absl::string_view series) {
  switch (kind) {
    case v1::SOURCE_KIND_TABULAR_LIST:
      return model::kTabularListSeries;
    case v1::SOURCE_KIND_GUIDELINES:
      return model::kGuidelinesSeries;
    case v1::SOURCE_KIND_PUBLICATION:
      return series;
    default:
      return {};
  }
}

template <typename Sources>
EditionSet EditionsOf(const Sources& sources) {
  EditionSet editions;
  for (const auto& source : sources) {
    const absl::string_view series = SeriesOf(source.kind(), source.series());
    if (series.empty() || source.edition().empty()) continue;
    editions.push_back({std::string(series), source.edition()});
  }
  std::sort(editions.begin(), editions.end());
  editions.erase(std::unique(editions.begin(), editions.end()), editions.end());
  return editions;
}

}  // namespace

std::string SerializeCanonically(const google::protobuf::MessageLite& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&out);
  }
  return bytes;
}

std::string CanonicalPage(const v1::Reference& page) {
  // Protobuf keeps fields that it does not know, behind all others: they have no place among the
  // fields that another program would write.
  v1::Reference known = page;
  known.DiscardUnknownFields();
  return SerializeCanonically(known);
}

model::Digest DigestOfPage(const v1::Reference& page) {
  return model::DigestOf(CanonicalPage(page));
}

EditionSet CitedBy(const v1::Reference& page) { return EditionsOf(page.sources()); }

EditionSet ConsultedIn(const v1::NewVerification& event) { return EditionsOf(event.sources()); }

v1::ReferenceRevision RevisionOf(absl::string_view code, int number, const RevisionRecord& record) {
  v1::ReferenceRevision revision;
  revision.set_code(model::DottedCode(code));
  revision.set_number(number);
  const absl::StatusOr<model::Digest> digest = model::DigestFromBytes(record.digest());
  if (digest.ok()) revision.set_digest(model::FormatDigest(*digest));
  revision.set_recorded_at(record.recorded_at());
  revision.set_recorded_by(record.recorded_by());
  revision.set_state(record.state());
  revision.set_source_count(record.source_count());
  revision.set_related_procedure_count(record.related_procedure_count());
  return revision;
}

absl::StatusOr<RevisionRecord> ParseRevision(absl::string_view code, int number,
                                             absl::string_view value) {
  RevisionRecord record;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      record.digest().size() != sizeof(model::Digest)) {
    return model::MakeError(Reason::kDataDamaged,
                            absl::StrCat("the record of revision ", number, " of the page of ",
                                         model::DottedCode(code), " is damaged"));
  }
  return record;
}

absl::StatusOr<VerificationRecord> ParseVerification(absl::string_view code, int number,
                                                     absl::string_view value) {
  VerificationRecord record;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      record.verification().number() != number) {
    return model::MakeError(
        Reason::kDataDamaged,
        absl::StrCat("verification ", number, " of ", model::DottedCode(code), " is damaged"));
  }
  return record;
}

absl::Status PageNotFound(absl::string_view code) {
  const std::string dotted = model::DottedCode(code);
  return model::MakeError(Reason::kReferenceNotFound,
                          absl::StrCat("no page of ", dotted, " has been imported"),
                          {{"code", dotted}});
}

absl::Status RevisionNotFound(absl::string_view code, int revision, int newest) {
  const std::string dotted = model::DottedCode(code);
  return model::MakeError(Reason::kReferenceNotFound,
                          absl::StrCat("the page of ", dotted, " has no revision ", revision,
                                       "; its newest is ", newest),
                          {{"code", dotted}, {"revision", absl::StrCat(revision)}});
}

}  // namespace codeset::store
