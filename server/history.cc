#include "server/history.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/error.h"
#include "server/request.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"
#include "storage/model/timeline.h"
#include "storage/query/history.h"
#include "storage/query/listing.h"

namespace codeset::server {
namespace {

using model::FacetGroup;
using model::FormatDate;
using model::Reason;
using store::Catalog;
using store::CatalogRelease;

constexpr int kHistoriesPerMessage = 500;
// Lives with notes can be long: a message ends early rather than grow past what clients
// accept.
constexpr size_t kMessageBytes = size_t{1} << 20;

// What the answer to one request is told from.
struct Told {
  // Holds what `histories` was made of.
  std::shared_ptr<const Catalog> catalog;
  std::shared_ptr<const query::Histories> histories;
  std::vector<model::LineSpan> line;
  model::Date today;

  const model::Timeline& timeline() const { return histories->timeline(); }
  std::string IdOf(size_t release) const { return timeline().releases[release].id.ToString(); }
};

absl::StatusOr<Told> Open(const Backend& backend, const Cancelled& cancelled) {
  Told told;
  told.catalog = backend.store.catalog();
  told.today = model::DateInNewYork(backend.clock());
  model::Timeline timeline = TimelineOf(*told.catalog, backend.editions, told.today);
  told.line = model::LineOf(timeline);
  if (told.line.empty()) {
    return NotFound(Reason::kReleaseNotFound, "release", "",
                    timeline.releases.empty()
                        ? "no history can be told: no release is loaded; load one with "
                          "`codesetctl release load ID PATH...`"
                        : "no history can be told: every release that is loaded is held back, or "
                          "has a correction of the same day that changed codes and is not loaded");
  }
  std::vector<std::shared_ptr<const image::Image>> images(timeline.releases.size());
  for (const model::LineSpan& span : told.line) {
    // Those that nobody asked for yet take a tenth of a second each.
    RETURN_IF_ERROR(CheckCancelled(cancelled));
    ASSIGN_OR_RETURN(images[span.release],
                     backend.store.GetImage(
                         *told.catalog, timeline.releases[span.release].id.ToString(), told.today));
  }
  told.histories = std::make_shared<const query::Histories>(std::move(timeline), std::move(images));
  return told;
}

// Fills in the fields that tell what lives are told along; both responses have them.
template <typename Response>
void Describe(const Told& told, Response& response) {
  for (const model::LineSpan& span : told.line) {
    const CatalogRelease& release = told.catalog->releases()[span.release];
    v1::HistoryRelease* message = response.add_releases();
    message->set_release_id(release.id.ToString());
    message->set_from_date(FormatDate(span.from));
    if (span.until.has_value()) message->set_until_date(FormatDate(*span.until));
    message->set_fingerprint(release.entry.release().fingerprint());
    for (const auto& [group, digest] : release.groups) {
      message->add_facet_groups(static_cast<v1::FacetGroup>(group));
    }
    if (const CatalogRelease* source = told.catalog->PoaSourceFor(release, told.today);
        source != nullptr) {
      message->set_poa_from(source->id.ToString());
    }
  }
  for (const model::Gap& gap : model::GapsOf(told.timeline())) {
    v1::HistoryGap* message = response.add_gaps();
    message->set_from_date(FormatDate(gap.from));
    if (gap.until.has_value()) message->set_until_date(FormatDate(*gap.until));
    for (const FacetGroup group : gap.groups) {
      message->add_facet_groups(static_cast<v1::FacetGroup>(group));
    }
    for (const std::string& edition : gap.unloaded) message->add_unloaded_editions(edition);
    for (const size_t release : gap.lacking) message->add_lacking_release_ids(told.IdOf(release));
  }
  response.set_as_of(FormatDate(told.today));
}

absl::Status CodeNotFound(const Told& told, absl::string_view code) {
  std::vector<std::string> looked_at, unloaded;
  for (const model::LineSpan& span : told.line) looked_at.push_back(told.IdOf(span.release));
  for (const model::Gap& gap : model::GapsOf(told.timeline())) {
    // Only where codes are not known may one have been that no release has.
    if (gap.groups.front() != FacetGroup::kOrder) continue;
    unloaded.insert(unloaded.end(), gap.unloaded.begin(), gap.unloaded.end());
  }
  const std::string id = model::DottedCode(code);
  std::string why = absl::StrCat("no release has the code ", id, "; looked at were ",
                                 absl::StrJoin(looked_at, ", "));
  if (!unloaded.empty()) {
    absl::StrAppend(&why, "; whether an edition that is not loaded had it is not known: ",
                    absl::StrJoin(unloaded, ", "));
  }
  return NotFound(Reason::kConceptNotFound, "concept", id, why);
}

// A required code's key; chapters and sections are refused with words of their own.
std::string CodeKey(RequestCheck& check, absl::string_view field, absl::string_view text) {
  std::string key = check.ConceptKey(field, text);
  if (!key.empty() && !model::IsCode(key)) {
    check.Fail(
        field,
        absl::StrCat(key, " is a ", key.find('-') == std::string::npos ? "chapter" : "section",
                     "; histories are told of codes, from category (M99) to 7-character "
                     "code"),
        Reason::kConceptIdInvalid);
  }
  return key;
}

std::vector<model::TimelineRelease> TimelineReleasesOf(const Catalog& catalog, model::Date today) {
  std::vector<model::TimelineRelease> releases;
  for (const CatalogRelease& loaded : catalog.releases()) {
    model::TimelineRelease release{loaded.id, loaded.effective, {}, false, false};
    for (const auto& [group, digest] : loaded.groups) release.groups.push_back(group);
    release.poa_known = catalog.PoaSourceFor(loaded, today) != nullptr;
    release.held_back = loaded.HeldBackOn(today);
    releases.push_back(std::move(release));
  }
  return releases;
}

bool EverBillable(const v1::CodeHistory& history) {
  return std::any_of(
      history.statuses().begin(), history.statuses().end(),
      [](const v1::StatusSpan& span) { return span.status() == v1::CODE_STATUS_BILLABLE; });
}

}  // namespace

model::Timeline TimelineOf(const Catalog& catalog, const model::EditionRegister& editions,
                           model::Date today) {
  return model::MakeTimeline(TimelineReleasesOf(catalog, today), editions, today);
}

query::ReleaseSet ReleaseSetOf(const Backend& backend, std::shared_ptr<const Catalog> catalog,
                               model::Date today, Cancelled cancelled) {
  query::ReleaseSet set;
  set.releases = TimelineReleasesOf(*catalog, today);
  set.editions = &backend.editions;
  set.today = today;
  set.image = [&backend, catalog = std::move(catalog), today, cancelled = std::move(cancelled)](
                  size_t release) -> absl::StatusOr<std::shared_ptr<const image::Image>> {
    // One that nobody asked for yet takes a tenth of a second.
    RETURN_IF_ERROR(CheckCancelled(cancelled));
    return backend.store.GetImage(*catalog, catalog->releases()[release].id.ToString(), today);
  };
  return set;
}

absl::StatusOr<v1::GetHistoryResponse> GetHistory(const Backend& backend,
                                                  const v1::GetHistoryRequest& request,
                                                  const Cancelled& cancelled) {
  RequestCheck check;
  const std::string code = CodeKey(check, "id", request.id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const Told told, Open(backend, cancelled));
  std::optional<v1::CodeHistory> history = told.histories->Of(code, {.notes = true});
  if (!history.has_value()) return CodeNotFound(told, code);
  v1::GetHistoryResponse response;
  *response.mutable_history() = *std::move(history);
  Describe(told, response);
  return response;
}

absl::StatusOr<MessageSource<v1::StreamHistoriesResponse>> StreamHistories(
    const Backend& backend, const v1::StreamHistoriesRequest& request, const Cancelled& cancelled) {
  RequestCheck check;
  std::string prefix;
  if (!request.pattern().empty()) {
    absl::StatusOr<std::string> pattern = query::ParsePattern(request.pattern());
    check.Fail("pattern", pattern.status());
    if (pattern.ok()) prefix = *std::move(pattern);
  }
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(Told opened, Open(backend, cancelled));
  const query::Histories::Options options{.notes = request.include_notes()};
  std::vector<absl::string_view> every = opened.histories->Codes(prefix);
  ASSIGN_OR_RETURN(auto held, Hold(backend.calls, every.capacity() * sizeof(every.front())));
  return [told = std::move(opened), options, billable_only = request.billable_only(),
          codes = std::move(every), held = std::move(held), first = true,
          next = size_t{0}]() mutable -> std::optional<v1::StreamHistoriesResponse> {
    v1::StreamHistoriesResponse response;
    if (first) {
      Describe(told, response);
      first = false;
      return response;
    }
    size_t bytes = 0;
    while (next < codes.size() && response.histories_size() < kHistoriesPerMessage &&
           bytes < kMessageBytes) {
      std::optional<v1::CodeHistory> history = told.histories->Of(codes[next++], options);
      if (!history.has_value() || (billable_only && !EverBillable(*history))) continue;
      bytes += history->ByteSizeLong();
      *response.add_histories() = *std::move(history);
    }
    if (response.histories().empty()) return std::nullopt;
    return response;
  };
}

}  // namespace codeset::server
