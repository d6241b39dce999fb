// Questions about many codes, their lives, and what changed.
#include <openssl/sha.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/error.h"
#include "tests/soak/compare.h"
#include "tests/soak/lives.h"
#include "tests/soak/reader.h"
#include "tests/soak/verdicts.h"

namespace codeset::soak {
namespace {

v1::ErrorReason Answers(const ReleaseFacts&) { return v1::ERROR_REASON_UNSPECIFIED; }

// Written as no code is.
const std::vector<std::string>& Malformed() {
  static const std::vector<std::string> texts = {"",        "M99 86",   "M9",    "123.4",
                                                 "A00..0",  "A00.0.",   "A0#.1", "E11.12345678",
                                                 "M99-M99", "T81.4xxA", "13",    "A.000"};
  return texts;
}

// A code that is written as codes are and that nobody ever published.
constexpr char kNowhere[] = "Q9Z.9";

}  // namespace

void Reader::AskValidation() {
  const std::string kind = "ValidateCodes" + manner_;
  const v1::ReleaseSelector selector = AnySelector();
  const ReleaseFacts& guess = Guess(selector);
  std::vector<std::string> codes(1 + Below(200));
  std::vector<std::string> texts;
  texts.reserve(codes.size());
  for (std::string& code : codes) {
    if (Once(8)) {
      texts.push_back(OneOf(Malformed()));
      continue;
    }
    code = Once(20)
               ? kNowhere
               : std::string(AnyRow(Once(6) ? soak_->oracle.releases.at(OneOf(soak_->options.fixed))
                                            : guess)
                                 .id);
    texts.push_back(Spelled(code));
  }
  const auto answer =
      Timed(kind, [&] { return client_.ValidateCodes(selector, texts, overrides_); });
  const ReleaseFacts* release =
      Judge(kind, selector, answer.status(), answer.ok() ? &answer->releases(0) : nullptr,
            absl::StrCat(texts.size(), " codes"), Answers);
  if (release == nullptr) return;
  if (static_cast<size_t>(answer->results_size()) != codes.size()) {
    return Report(kind, "another number of results than codes");
  }
  for (size_t i = 0; i < codes.size(); ++i) {
    const auto expected = OutcomesOf(*soak_, *release, codes[i], worlds_);
    if (expected.empty()) continue;
    const std::string difference =
        DifferenceOf(*release, codes[i], expected, answer->results(static_cast<int>(i)));
    if (!difference.empty()) return Report(kind, difference);
  }
  soak_->tally.Count("codes validated", static_cast<int64_t>(codes.size()));
  Report(kind, "");
}

v1::CodeToValidate Reader::AnyRowToValidate(const ReleaseFacts& release) {
  v1::CodeToValidate row;
  row.set_code(std::string(AnyRow(release).id));
  if (Once(2)) *row.mutable_release() = Once(2) ? client::OnDate(AnyDate()) : AnyId();
  return row;
}

std::string Reader::AboutRow(const v1::CodeToValidate& row, const client::ValidatedCode& validated,
                             const ReleaseFacts& release) {
  const v1::CodeValidation& result = validated.validation;
  const Outcomes outcomes = Possible(row.has_release() ? row.release() : client::ById(release.id));
  if (result.outcome() == v1::VALIDATION_OUTCOME_NOT_ANSWERABLE) {
    return outcomes.reasons.contains(result.reason())
               ? ""
               : absl::StrCat(row.ShortDebugString(), ": came ", result.ShortDebugString());
  }
  if (validated.release == nullptr ||
      !outcomes.releases.contains(validated.release->release_id())) {
    return absl::StrCat(row.ShortDebugString(), ": answered by a release that cannot be");
  }
  const ReleaseFacts& answered = soak_->oracle.releases.at(validated.release->release_id());
  const std::string difference = DifferenceOf(answered, *validated.release);
  if (!difference.empty()) return difference;
  const auto expected = OutcomesOf(*soak_, answered, row.code(), worlds_);
  return expected.empty() ? "" : DifferenceOf(answered, row.code(), expected, result);
}

void Reader::AskStreamedValidation() {
  const std::string kind = "StreamValidateCodes" + manner_;
  const ReleaseFacts& release = soak_->oracle.releases.at(OneOf(soak_->options.fixed));
  std::vector<v1::CodeToValidate> rows(1 + Below(1500));
  for (v1::CodeToValidate& row : rows) row = AnyRowToValidate(release);
  size_t next = 0;
  const auto gathered = Timed(kind, [&] {
    return Gather(client_.StreamValidateCodes(
        client::ById(release.id),
        [&]() -> std::optional<v1::CodeToValidate> {
          if (next == rows.size()) return std::nullopt;
          return rows[next++];
        },
        overrides_));
  });
  if (!gathered.status.ok() && gathered.items.size() < rows.size()) {
    return JudgeError(kind, {client::ById(release.id)}, gathered.status,
                      absl::StrCat(rows.size(), " rows"), Answers);
  }
  if (gathered.items.size() != rows.size()) return Report(kind, "another number of results");
  for (size_t i = 0; i < rows.size(); ++i) {
    if (gathered.items[i].validation.row() != static_cast<int64_t>(i)) {
      return Report(kind, "results are not in the order of the rows");
    }
    const std::string difference = AboutRow(rows[i], gathered.items[i], release);
    if (!difference.empty()) return Report(kind, difference);
  }
  soak_->tally.Count("codes validated", static_cast<int64_t>(rows.size()));
  Report(kind, "");
}

void Reader::AskHistory() {
  const std::string kind = "GetHistory" + manner_;
  auto all = soak_->oracle.releases.begin();
  std::advance(all, Below(soak_->oracle.releases.size()));
  const std::string code = Once(15) ? kNowhere : std::string(AnyRow(all->second).id);
  const auto answer = Timed(kind, [&] { return client_.GetHistory(code, overrides_); });
  std::string difference = "no life can be told of it";
  bool may_lack = false;
  for (const World& world : worlds_) {
    const auto times = TimesOf(soak_->oracle, world.loaded, today_);
    if (!HasLife(times, code)) {
      may_lack = true;
      continue;
    }
    if (!answer.ok()) continue;
    difference = DifferenceOf(times, answer->releases());
    if (difference.empty()) difference = DifferenceOf(times, code, true, answer->history());
    if (difference.empty()) break;
  }
  if (answer.ok()) return Report(kind, difference);
  JudgeError(kind, {client::ById(OneOf(soak_->options.fixed))}, answer.status(), code,
             [may_lack](const ReleaseFacts&) {
               return may_lack ? v1::ERROR_REASON_CONCEPT_NOT_FOUND : v1::ERROR_REASON_UNSPECIFIED;
             });
}

std::string Reader::CompareHistories(const std::vector<EditionTime>& times,
                                     const std::string& category,
                                     const std::vector<v1::CodeHistory>& lives) {
  // In byte order of the codes without their dots.
  std::map<std::string, std::string> codes;
  for (const EditionTime& time : times) {
    const ConceptFacts* top = time.release == nullptr ? nullptr : time.release->Find(category);
    if (top == nullptr) continue;
    codes.emplace(category, category);
    for (const ConceptFacts* below : time.release->DescendantsOf(*top)) {
      codes.emplace(Undotted(below->id), below->id);
    }
  }
  if (codes.size() != lives.size()) {
    return absl::StrCat(category, ": expected ", codes.size(), " lives, came ", lives.size());
  }
  size_t place = 0;
  for (const auto& [undotted, code] : codes) {
    std::string difference = DifferenceOf(times, code, true, lives[place++]);
    if (!difference.empty()) return difference;
  }
  return "";
}

void Reader::AskHistories() {
  const std::string kind = "StreamHistories" + manner_;
  const std::string category(
      AnyRow(soak_->oracle.releases.at(OneOf(soak_->options.fixed))).id.substr(0, 3));
  v1::StreamHistoriesRequest request;
  request.set_pattern(category);
  request.set_include_notes(true);
  const auto gathered =
      Timed(kind, [&] { return Gather(client_.StreamHistories(request, overrides_)); });
  if (!gathered.status.ok()) {
    return JudgeError(kind, {client::ById(OneOf(soak_->options.fixed))}, gathered.status, category,
                      Answers);
  }
  std::string difference;
  for (const World& world : worlds_) {
    difference =
        CompareHistories(TimesOf(soak_->oracle, world.loaded, today_), category, gathered.items);
    if (difference.empty()) break;
  }
  Report(kind, difference);
}

void Reader::AskDiff() {
  const std::string kind = "StreamDiff" + manner_;
  v1::StreamDiffRequest request;
  *request.mutable_from() = AnyId();
  *request.mutable_to() = AnyId();
  const ReleaseFacts& from = soak_->oracle.releases.at(request.from().release());
  const ReleaseFacts& to = soak_->oracle.releases.at(request.to().release());
  for (const v1::Facet facet : FacetsOf(from, to)) request.add_facets(facet);
  if (!Once(6)) request.set_under_id(std::string(AnyRow(from).id.substr(0, 3)));
  const auto gathered =
      Timed(kind, [&] { return Gather(client_.StreamDiff(request, overrides_)); });
  const std::string about = absl::StrCat(from.id, " to ", to.id, " ", request.under_id());
  if (!gathered.status.ok()) {
    return JudgeError(kind, {request.from(), request.to()}, gathered.status, about, Answers);
  }
  if (JudgeRelease(kind, request.from(), gathered.header->from, about) == nullptr ||
      JudgeRelease(kind, request.to(), gathered.header->to, about) == nullptr) {
    return;
  }
  const auto changes = soak_->changes.Of(from, to);
  const std::string difference = DifferenceOf(
      request.under_id().empty() ? *changes : WithinCategory(*changes, request.under_id()),
      gathered.items);
  soak_->tally.Count("changes compared", static_cast<int64_t>(gathered.items.size()));
  Report(kind, difference.empty() ? "" : absl::StrCat(about, ": ", difference));
}

void Reader::AskDiffSummary() {
  const std::string kind = "GetDiffSummary" + manner_;
  v1::GetDiffSummaryRequest request;
  *request.mutable_from() = AnyId();
  *request.mutable_to() = AnyId();
  const ReleaseFacts& from = soak_->oracle.releases.at(request.from().release());
  const ReleaseFacts& to = soak_->oracle.releases.at(request.to().release());
  for (const v1::Facet facet : FacetsOf(from, to)) request.add_facets(facet);
  if (!Once(4)) request.set_under_id(std::string(AnyRow(to).id.substr(0, 3)));
  const auto answer = Timed(kind, [&] { return client_.GetDiffSummary(request, overrides_); });
  const std::string about = absl::StrCat(from.id, " to ", to.id, " ", request.under_id());
  if (!answer.ok()) {
    return JudgeError(kind, {request.from(), request.to()}, answer.status(), about, Answers);
  }
  if (JudgeRelease(kind, request.from(), answer->from(), about) == nullptr ||
      JudgeRelease(kind, request.to(), answer->to(), about) == nullptr) {
    return;
  }
  const auto changes = soak_->changes.Of(from, to);
  const std::string difference = DifferenceOf(
      request.under_id().empty() ? *changes : WithinCategory(*changes, request.under_id()),
      *answer);
  Report(kind, difference.empty() ? "" : absl::StrCat(about, ": ", difference));
}

void Reader::AskExport() {
  const std::string kind = "ExportRelease" + manner_;
  const v1::ReleaseSelector selector = AnyId();
  v1::ExportReleaseRequest request;
  *request.mutable_release() = selector;
  v1::ResolvedRelease resolved;
  std::set<std::string> digests;
  const auto read = [&]() -> absl::Status {
    auto stream = connection_->ExportRelease({absl::Now() + absl::Minutes(5)}, request);
    while (true) {
      auto message = stream->Next();
      if (!message.ok()) return message.status();
      if (!message->has_value()) return absl::OkStatus();
      if ((*message)->has_release()) resolved = (*message)->release();
      for (const v1::ExportedPage& page : (*message)->pages()) {
        unsigned char digest[SHA256_DIGEST_LENGTH];
        SHA256(reinterpret_cast<const unsigned char*>(page.text().data()), page.text().size(),
               digest);
        digests.insert(absl::BytesToHexString(
            absl::string_view(reinterpret_cast<const char*>(digest), sizeof digest)));
      }
      if (slow_) absl::SleepFor(absl::Milliseconds(200));
    }
  };
  const absl::Status status = Timed(kind, read);
  const ReleaseFacts* release = Judge(kind, selector, status, &resolved, "pages", Answers);
  if (release == nullptr) return;
  for (const auto& [group, fingerprint] : release->groups) {
    if (!digests.contains(fingerprint)) {
      return Report(kind, absl::StrCat(release->id, ": no page has the fingerprint of ",
                                       v1::FacetGroup_Name(group)));
    }
  }
  soak_->tally.Count("pages hashed", static_cast<int64_t>(digests.size()));
  Report(kind, "");
}

}  // namespace codeset::soak
