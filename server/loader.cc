#include "server/loader.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/addenda.h"
#include "server/releases.h"
#include "server/request.h"
#include "storage/model/canonical.h"
#include "storage/model/concept_id.h"
#include "storage/model/edition_register.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"
#include "storage/source/reconcile.h"
#include "storage/source/source.h"

namespace codeset::server {
namespace {

using model::Reason;
using source::Disagreement;
using source::InputFile;
using source::Reconciliation;
using source::SourceFiles;
using store::CatalogRelease;
using store::NamedBytes;
using store::Publication;
using store::Store;

constexpr int kMaxAllowed = 100;

// Tells the step that begins, or ends the load where that is asked for.
absl::Status BeginStep(const LoadHooks& hooks, absl::string_view step) {
  if (hooks.cancelled && hooks.cancelled()) {
    return model::MakeError(Reason::kCancelled, "the load was cancelled; nothing was published");
  }
  if (hooks.progress) hooks.progress(step);
  return absl::OkStatus();
}

v1::ReleaseCounts CountFacts(const model::OrderFacts& order, const model::Tabular* tabular) {
  v1::ReleaseCounts counts;
  counts.set_order_rows(static_cast<int>(order.rows.size()));
  int billable = 0, categories = 0;
  absl::string_view category;
  for (const model::OrderRow& row : order.rows) {
    billable += row.billable ? 1 : 0;
    // Counted by change and not by rows of three characters: a category's own row can be
    // missing (2013).
    if (const absl::string_view of_row = model::CategoryOf(row.code); of_row != category) {
      category = of_row;
      ++categories;
    }
  }
  counts.set_billable(billable);
  counts.set_categories(categories);
  if (tabular == nullptr) return counts;
  counts.set_chapters(static_cast<int>(tabular->chapters.size()));
  size_t sections = 0, diags = 0;
  for (const model::TabularChapter& chapter : tabular->chapters) {
    sections += chapter.sections.size();
    for (const model::TabularSection& section : chapter.sections) {
      for (const model::TabularCategory& entry : section.categories) diags += entry.diags.size();
    }
  }
  counts.set_sections(static_cast<int>(sections));
  counts.set_diags(static_cast<int>(diags));
  return counts;
}

// Marks what the operator allowed, and refuses what is fatal and was not.
absl::Status RefuseFatal(const v1::LoadOptions& options, std::vector<Disagreement>& found) {
  std::vector<std::string> refused;
  std::vector<std::string> switches;
  std::string first_class;
  for (Disagreement& disagreement : found) {
    if (!disagreement.fatal) continue;
    disagreement.allowed = std::find(options.allow().begin(), options.allow().end(),
                                     disagreement.class_name) != options.allow().end();
    if (disagreement.allowed) continue;
    if (first_class.empty()) first_class = disagreement.class_name;
    refused.push_back(absl::StrCat(disagreement.class_name, " (", disagreement.description,
                                   "), found ", disagreement.count,
                                   disagreement.count == 1 ? " time" : " times",
                                   ", for instance: ", absl::StrJoin(disagreement.examples, "; ")));
    switches.push_back(absl::StrCat("--allow ", disagreement.class_name));
  }
  if (refused.empty()) return absl::OkStatus();
  return model::MakeError(
      Reason::kReconciliationRefused,
      absl::StrCat("the files of release ", options.release_id(),
                   " contradict each other; check that they are of the same edition, or accept "
                   "it knowingly with ",
                   absl::StrJoin(switches, " "), ". ", absl::StrJoin(refused, ". ")),
      {{"class", first_class}, {"release", options.release_id()}});
}

// A load on its way; the steps of LoadRelease in order.
class Load {
 public:
  Load(Store& store, const v1::LoadOptions& options, const LoadHooks& hooks, model::ReleaseId id,
       model::Date effective)
      : store_(store),
        options_(options),
        hooks_(hooks),
        catalog_(store.catalog()),
        known_(catalog_->Find(id.ToString())),
        publication_{id, effective, {}, {}, {}, {}, {}, {}} {
    if (known_ != nullptr) publication_.based_on = known_->entry.release().fingerprint();
  }

  absl::Status Read(std::vector<InputFile> inputs) {
    RETURN_IF_ERROR(BeginStep(hooks_, "reading the files"));
    std::vector<NamedBytes> originals;
    if (!options_.discard_sources() && !options_.dry_run()) {
      for (const InputFile& input : inputs) originals.push_back({input.name, input.bytes});
    }
    ASSIGN_OR_RETURN(files_, source::ReadSources(std::move(inputs)));
    KeepSources(std::move(originals));
    if (files_.order.has_value()) return absl::OkStatus();
    if (known_ == nullptr) {
      return model::MakeError(
          Reason::kSourceNotRecognised,
          absl::StrCat("release ", options_.release_id(),
                       " is not loaded, and no order file is among the files: the tabular list "
                       "alone does not list the code set"));
    }
    ASSIGN_OR_RETURN(const std::shared_ptr<const image::Image> image,
                     store_.GetImage(*catalog_, options_.release_id()));
    files_.order = OrderFactsOf(*image);
    order_from_store_ = true;
    return absl::OkStatus();
  }

  absl::Status Reconcile() {
    RETURN_IF_ERROR(BeginStep(hooks_, "holding the files against each other"));
    const model::Tabular* tabular = files_.tabular.has_value() ? &*files_.tabular : nullptr;
    ASSIGN_OR_RETURN(
        Reconciliation found,
        source::Reconcile(publication_.id, *files_.order, tabular, files_.addenda,
                          BaseCandidates(store_, catalog_,
                                         {publication_.effective, publication_.id.correction()})));
    check_ = std::move(found.addenda);
    disagreements_ = std::move(files_.findings);
    std::move(found.disagreements.begin(), found.disagreements.end(),
              std::back_inserter(disagreements_));
    return RefuseFatal(options_, disagreements_);
  }

  // Encodes the groups, letting go of what they were encoded from.
  absl::Status Encode() {
    RETURN_IF_ERROR(BeginStep(hooks_, "computing pages and fingerprints"));
    *publication_.description.mutable_counts() =
        CountFacts(*files_.order, files_.tabular.has_value() ? &*files_.tabular : nullptr);
    if (!order_from_store_) publication_.order = model::EncodeOrder(*files_.order);
    files_.order.reset();
    if (files_.tabular.has_value()) publication_.tabular = model::EncodeTabular(*files_.tabular);
    files_.tabular.reset();
    Describe();
    return absl::OkStatus();
  }

  absl::StatusOr<v1::LoadReport> Publish() {
    RETURN_IF_ERROR(
        BeginStep(hooks_, options_.dry_run() ? "checking against what is loaded" : "publishing"));
    v1::LoadReport report;
    if (options_.dry_run()) {
      ASSIGN_OR_RETURN(const v1::LoadOutcome outcome, store_.Check(publication_));
      report.set_outcome(v1::LOAD_OUTCOME_DRY_RUN);
      FillUnpublished(*report.mutable_release());
      report.add_warnings(absl::StrCat("dry run: nothing was written; the load would come to ",
                                       v1::LoadOutcome_Name(outcome)));
    } else {
      ASSIGN_OR_RETURN(const v1::LoadOutcome outcome,
                       store_.Publish(publication_, hooks_.cancelled));
      report.set_outcome(outcome);
      ASSIGN_OR_RETURN(*report.mutable_release(), DescribeRelease(store_, options_.release_id()));
    }
    for (const source::IgnoredFile& ignored : files_.ignored) {
      v1::IgnoredFile* message = report.add_ignored();
      message->set_name(ignored.name);
      message->set_why(ignored.why);
    }
    AddWarnings(report);
    return report;
  }

 private:
  // Keeps the files as they came, those that something was read from and that are not kept
  // of this release already.
  void KeepSources(std::vector<NamedBytes> originals) {
    for (NamedBytes& original : originals) {
      const bool used =
          std::any_of(files_.read.begin(), files_.read.end(), [&](const source::ReadFile& read) {
            return read.name == original.name ||
                   absl::StartsWith(read.name, absl::StrCat(original.name, "/"));
          });
      if (!used) continue;
      if (known_ != nullptr) {
        const model::Digest digest = model::DigestOf(original.bytes);
        const auto& kept = known_->entry.kept_sources();
        if (std::any_of(kept.begin(), kept.end(), [&](const store::KeptSource& source) {
              return digest.view() == absl::string_view(source.sha256());
            })) {
          continue;
        }
      }
      publication_.sources.push_back(std::move(original));
    }
  }

  // Writes the description: all that is told of a new release, and of a loaded one what
  // this load adds, since the store appends it to what is there.
  void Describe() {
    v1::Release& release = publication_.description;
    const v1::Release& before =
        known_ != nullptr ? known_->entry.release() : v1::Release::default_instance();
    for (const source::ReadFile& read : files_.read) {
      const auto& listed = before.sources();
      if (std::any_of(listed.begin(), listed.end(),
                      [&](const v1::SourceFile& file) { return file.sha256() == read.sha256; })) {
        continue;
      }
      v1::SourceFile* message = release.add_sources();
      message->set_name(read.name);
      message->set_role(read.role);
      message->set_size(read.size);
      message->set_sha256(read.sha256);
    }
    for (const Disagreement& found : disagreements_) {
      const auto& listed = before.disagreements();
      if (std::any_of(listed.begin(), listed.end(), [&](const v1::Disagreement& other) {
            return other.class_name() == found.class_name;
          })) {
        continue;
      }
      v1::Disagreement* message = release.add_disagreements();
      message->set_class_name(found.class_name);
      message->set_description(found.description);
      message->set_fatal(found.fatal);
      message->set_allowed(found.allowed);
      message->set_count(found.count);
      for (const std::string& example : found.examples) message->add_examples(example);
    }
    // A load without addenda takes nothing back that an earlier one proved.
    if (known_ == nullptr || !files_.addenda.empty()) {
      *release.mutable_addenda() = ToMessage(check_);
      for (const source::NamedAddenda& addenda : files_.addenda) {
        publication_.addenda.push_back({addenda.file, FormatAddenda(addenda.addenda)});
      }
    }
  }

  // The release as a dry run tells of it: with fingerprints, without what only the store
  // knows.
  void FillUnpublished(v1::Release& release) const {
    if (known_ != nullptr) release = known_->entry.release();
    release.MergeFrom(publication_.description);
    release.set_id(publication_.id.ToString());
    release.set_effective_date(model::FormatDate(publication_.effective));
    std::vector<std::pair<model::FacetGroup, model::Digest>> groups;
    for (const model::FacetGroup group : model::kFacetGroups) {
      const std::optional<model::PageSet>& pages =
          group == model::FacetGroup::kOrder ? publication_.order : publication_.tabular;
      if ((group == model::FacetGroup::kOrder || group == model::FacetGroup::kTabular) &&
          pages.has_value()) {
        groups.emplace_back(group, pages->root());
      } else if (known_ != nullptr && known_->Group(group).has_value()) {
        groups.emplace_back(group, *known_->Group(group));
      }
    }
    release.clear_facet_groups();
    for (const auto& [group, digest] : groups) {
      v1::FacetGroupFingerprint* message = release.add_facet_groups();
      message->set_group(static_cast<v1::FacetGroup>(group));
      message->set_fingerprint(model::FormatDigest(digest));
    }
    release.set_fingerprint(model::FormatDigest(model::ReleaseFingerprint(groups)));
  }

  void AddWarnings(v1::LoadReport& report) const {
    const v1::Release& release = report.release();
    if (release.addenda().outcome() == v1::ADDENDA_OUTCOME_BASE_NOT_LOADED) {
      report.add_warnings(
          absl::StrCat("no loaded release has the counts of the addenda's base; load it and run "
                       "codesetctl release verify ",
                       release.id()));
    }
    for (const v1::FacetGroupFingerprint& group : release.facet_groups()) {
      if (group.group() == v1::FACET_GROUP_TABULAR) return;
    }
    if (options_.dry_run()) {
      report.add_warnings("no tabular list: notes and 7th-character definitions are not known");
    } else if (release.structure_from().empty()) {
      report.add_warnings(
          "no tabular list, and no loaded release has one to lend: chapters, sections, notes "
          "and 7th-character definitions are not known");
    } else {
      report.add_warnings(absl::StrCat(
          "no tabular list: chapters and sections are on loan from ", release.structure_from(),
          ", ", release.unplaced_category_ids_size(),
          " categories could not be placed; notes and 7th-character definitions are not known"));
    }
  }

  Store& store_;
  const v1::LoadOptions& options_;
  const LoadHooks& hooks_;
  const std::shared_ptr<const store::Catalog> catalog_;
  // The release as it is loaded already; null if it is not.
  const CatalogRelease* known_;
  Publication publication_;
  SourceFiles files_;
  bool order_from_store_ = false;
  std::vector<Disagreement> disagreements_;
  source::AddendaCheck check_;
};

}  // namespace

absl::Status CheckLoadOptions(const v1::LoadOptions& options) {
  RequestCheck check;
  const absl::StatusOr<model::ReleaseId> id = model::ReleaseId::Parse(options.release_id());
  check.Fail("options.release_id", id.status());
  if (!options.effective_date().empty()) {
    const absl::StatusOr<model::Date> effective = model::ParseDate(options.effective_date());
    check.Fail("options.effective_date", effective.status());
    if (id.ok() && effective.ok()) {
      check.Fail("options.effective_date", model::CheckEffectiveDate(*id, *effective));
    }
  }
  for (int i = 0; i < std::min(options.allow_size(), kMaxAllowed); ++i) {
    if (!source::IsDisagreementClass(options.allow(i))) {
      check.Fail(absl::StrCat("options.allow[", i, "]"),
                 absl::StrCat(model::Quoted(options.allow(i)), " is no class of disagreement"));
    }
  }
  if (options.allow_size() > kMaxAllowed) check.Fail("options.allow", "it has too many items");
  return check.status();
}

absl::StatusOr<v1::LoadReport> LoadRelease(Store& store, const v1::LoadOptions& options,
                                           std::vector<InputFile> files, const LoadHooks& hooks) {
  RETURN_IF_ERROR(CheckLoadOptions(options));
  ASSIGN_OR_RETURN(const model::ReleaseId id, model::ReleaseId::Parse(options.release_id()));
  model::Date effective = id.DefaultEffectiveDate();
  if (!options.effective_date().empty()) {
    ASSIGN_OR_RETURN(effective, model::ParseDate(options.effective_date()));
  } else {
    // To add a group, or to load again what was deleted, nobody should have to repeat the
    // date of a correction.
    const std::shared_ptr<const store::Catalog> catalog = store.catalog();
    const CatalogRelease* known = catalog->Find(id.ToString());
    if (known == nullptr) known = catalog->FindRetired(id.ToString());
    if (known != nullptr) effective = known->effective;
  }
  Load load(store, options, hooks, id, effective);
  RETURN_IF_ERROR(load.Read(std::move(files)));
  RETURN_IF_ERROR(load.Reconcile());
  RETURN_IF_ERROR(load.Encode());
  return load.Publish();
}

absl::StatusOr<v1::VerifyReleaseResponse> VerifyRelease(Store& store, absl::string_view id) {
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(const store::Verification verification, store.Verify(id));
  ASSIGN_OR_RETURN(const v1::AddendaCheck check, RecheckAddenda(store, id));
  v1::VerifyReleaseResponse response;
  ASSIGN_OR_RETURN(*response.mutable_release(), DescribeRelease(store, id));
  if (check.SerializeAsString() != response.release().addenda().SerializeAsString()) {
    RETURN_IF_ERROR(store.SetAddendaCheck(id, check));
    *response.mutable_release()->mutable_addenda() = check;
  }
  response.set_pages_checked(verification.pages_checked);
  response.set_elapsed_milliseconds(absl::ToInt64Milliseconds(absl::Now() - start));
  return response;
}

}  // namespace codeset::server
