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
#include "server/error.h"
#include "server/load_references.h"
#include "server/load_report.h"
#include "server/portable_load.h"
#include "server/releases.h"
#include "storage/model/canonical.h"
#include "storage/model/edition_register.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/task_group.h"
#include "storage/source/conversion_reader.h"
#include "storage/source/overlay.h"
#include "storage/source/poa_check.h"
#include "storage/source/reconcile.h"
#include "storage/source/source.h"
#include "storage/store/step.h"

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

// Tells the step that begins, or ends the load where that is asked for.
absl::Status BeginStep(const LoadHooks& hooks, absl::string_view step) {
  if (hooks.cancelled && hooks.cancelled()) {
    return model::MakeError(Reason::kCancelled, "the load was cancelled; nothing was published");
  }
  if (hooks.progress) hooks.progress(step);
  return absl::OkStatus();
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
        base_(catalog_->Find(options.base_release_id())),
        publication_{id, effective, {}, {}, {}, {}, {}, {}, {}, {}} {
    if (known_ != nullptr) publication_.based_on = known_->entry.release().fingerprint();
  }

  absl::Status Read(std::vector<InputFile> inputs) {
    RETURN_IF_ERROR(CheckAgainstLoaded());
    RETURN_IF_ERROR(BeginStep(hooks_, "reading the files"));
    std::vector<NamedBytes> originals;
    if (!options_.discard_sources() && !options_.dry_run()) {
      for (const InputFile& input : inputs) originals.push_back({input.name, input.bytes});
    }
    ASSIGN_OR_RETURN(
        files_, source::ReadSources(std::move(inputs), base_ != nullptr ? source::Purpose::kOverlay
                                                                        : source::Purpose::kWhole));
    KeepSources(std::move(originals));
    if (base_ != nullptr) return BuildFromBase();
    if (files_.order.has_value()) return absl::OkStatus();
    if (known_ == nullptr) {
      return model::MakeError(
          Reason::kSourceNotRecognised,
          absl::StrCat("release ", options_.release_id(),
                       " is not loaded, and no order file is among the files: nothing else "
                       "lists the code set"));
    }
    ASSIGN_OR_RETURN(const std::shared_ptr<const image::Image> image,
                     store_.GetImage(*catalog_, options_.release_id()));
    files_.order = OrderFactsOf(*image);
    order_from_store_ = true;
    return absl::OkStatus();
  }

  // Holds the files against each other and, beside that, encodes the groups: what is encoded of
  // files that turn out to contradict each other is dropped.
  absl::Status Reconcile() {
    RETURN_IF_ERROR(BeginStep(hooks_, "holding the files against each other"));
    *publication_.description.mutable_counts() = CountFacts(files_);
    const model::Tabular* tabular = files_.tabular.has_value() ? &*files_.tabular : nullptr;
    std::vector<Disagreement> others;
    if (tabular != nullptr) {
      tasks_.Run([this, tabular] { publication_.tabular = model::EncodeTabular(*tabular); });
      tasks_.Run([this, tabular] { references_ = ReportReferences(*files_.order, *tabular); });
    }
    tasks_.Run([this, &others] { others = CheckAndEncodeLists(); });
    if (!order_from_store_) publication_.order = model::EncodeOrder(*files_.order);
    absl::StatusOr<Reconciliation> found = ReconcileOrder(tabular);
    tasks_.Wait();
    RETURN_IF_ERROR(found.status());
    check_ = std::move(found->addenda);
    disagreements_ = std::move(files_.findings);
    for (std::vector<Disagreement>* list : {&found->disagreements, &others}) {
      std::move(list->begin(), list->end(), std::back_inserter(disagreements_));
    }
    return RefuseFatal(options_, disagreements_);
  }

  absl::Status Encode() {
    RETURN_IF_ERROR(BeginStep(hooks_, "computing pages and fingerprints"));
    Describe();
    // Hundreds of thousands of strings: let go of beside what follows.
    tasks_.Run([this] {
      files_.order.reset();
      files_.tabular.reset();
    });
    return absl::OkStatus();
  }

  absl::StatusOr<v1::LoadReport> Publish() {
    RETURN_IF_ERROR(
        BeginStep(hooks_, options_.dry_run() ? "checking against what is loaded" : "publishing"));
    v1::LoadReport report = std::move(references_);
    if (options_.dry_run()) {
      ASSIGN_OR_RETURN(const v1::LoadOutcome outcome, store_.Check(publication_));
      report.set_outcome(v1::LOAD_OUTCOME_DRY_RUN);
      ASSIGN_OR_RETURN(
          *report.mutable_release(),
          DescribeUnpublished(*catalog_, Unpublished(known_, publication_), store_.Today()));
      report.add_warnings(
          absl::StrCat("dry run: nothing was written; the load would ", WouldComeTo(outcome)));
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
    for (std::string& warning : WarningsOf(options_, report.release(), files_)) {
      report.add_warnings(std::move(warning));
    }
    return report;
  }

 private:
  // Keeps the files as they came, those that something was read from and that are not kept
  // of this release already, undamaged.
  void KeepSources(std::vector<NamedBytes> originals) {
    const bool sound = known_ != nullptr && store_.Sources(options_.release_id()).ok();
    for (NamedBytes& original : originals) {
      const bool used =
          std::any_of(files_.read.begin(), files_.read.end(), [&](const source::ReadFile& read) {
            return read.name == original.name ||
                   absl::StartsWith(read.name, absl::StrCat(original.name, "/"));
          });
      if (!used) continue;
      if (sound) {
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
  // this load adds.
  void Describe() {
    v1::Release& release = publication_.description;
    AddFindings(files_, disagreements_,
                known_ != nullptr ? known_->entry.release() : v1::Release::default_instance(),
                release);
    // A load without addenda takes nothing back that an earlier one proved.
    if (known_ == nullptr || !files_.addenda.empty()) {
      *release.mutable_addenda() = ToMessage(check_);
      for (const source::NamedAddenda& addenda : files_.addenda) {
        publication_.addenda.push_back({addenda.file, FormatAddenda(addenda.addenda)});
      }
    }
    if (known_ != nullptr) return;
    release.set_activate_on(options_.activate_on());
    if (base_ == nullptr) return;
    release.set_base_release_id(options_.base_release_id());
    release.set_base_order_fingerprint(
        model::FormatDigest(*base_->Group(model::FacetGroup::kOrder)));
  }

  // Whether the options go together with what is loaded.
  absl::Status CheckAgainstLoaded() const {
    if (known_ != nullptr && !options_.activate_on().empty() &&
        known_->entry.release().activate_on() != options_.activate_on()) {
      return InvalidFields(
          Reason::kArgumentInvalid,
          {{"options.activate_on",
            absl::StrCat("release ", options_.release_id(),
                         " is loaded already; whether it is held back is changed by "
                         "SetActivation alone (codesetctl release activate)")}});
    }
    if (options_.base_release_id().empty()) return absl::OkStatus();
    if (base_ == nullptr) {
      return NotFound(
          Reason::kReleaseNotFound, "release", options_.base_release_id(),
          absl::StrCat("the base ", options_.base_release_id(), " is not loaded; load it first"));
    }
    if (!(base_->order() <
          model::ReleaseOrder{publication_.effective, publication_.id.correction()})) {
      return InvalidFields(
          Reason::kArgumentInvalid,
          {{"options.base_release_id",
            absl::StrCat("the base must come before the release; ", options_.base_release_id(),
                         " is in force from ", model::FormatDate(base_->effective))}});
    }
    return absl::OkStatus();
  }

  // Builds the order facts from the base and the addenda.
  absl::Status BuildFromBase() {
    const auto refuse = [](absl::string_view why) {
      return InvalidFields(Reason::kArgumentInvalid,
                           {{"options.base_release_id", std::string(why)}});
    };
    if (files_.order.has_value()) {
      return refuse(
          absl::StrCat("the order facts come from the base and the addenda, but there "
                       "is an order file: ",
                       files_.order_file));
    }
    if (files_.addenda.size() > 1) {
      return refuse(absl::StrCat("one order addenda is laid over a base, but there are ",
                                 files_.addenda[0].file, " and ", files_.addenda[1].file));
    }
    ASSIGN_OR_RETURN(const std::shared_ptr<const image::Image> image,
                     store_.GetImage(*catalog_, options_.base_release_id()));
    const model::OrderFacts base = OrderFactsOf(*image);
    source::NamedAddenda& addenda = files_.addenda.front();
    ASSIGN_OR_RETURN(files_.order, source::LayOver(options_.base_release_id(), base, addenda));
    if (addenda.trailer_line == 0) {
      addenda.addenda.trailer = source::TrailerOf(addenda.addenda.lines, base, *files_.order);
      // A trailer names its files; these rows come from none.
      addenda.addenda.trailer.old_file = options_.base_release_id();
      addenda.addenda.trailer.new_file = options_.release_id();
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Reconciliation> ReconcileOrder(const model::Tabular* tabular) const {
    std::vector<source::BaseCandidate> bases;
    if (!files_.addenda.empty()) {
      ASSIGN_OR_RETURN(bases, Bases());
    }
    return source::Reconcile(publication_.id, *files_.order, tabular, files_.addenda, bases);
  }

  // Holds the list of POA-exempt codes and the conversion table against the order file.
  std::vector<Disagreement> CheckAndEncodeLists() {
    std::vector<Disagreement> found;
    if (files_.poa.has_value()) {
      found = source::CheckPoaList(*files_.order, *files_.poa, files_.poa_counts);
      publication_.poa = model::EncodePoa(CodesOf(*files_.poa));
    }
    if (files_.conversion.has_value()) {
      std::vector<Disagreement> conversion = source::CheckConversionTable(
          publication_.id, publication_.effective, *files_.order, *files_.conversion);
      std::move(conversion.begin(), conversion.end(), std::back_inserter(found));
      publication_.conversion = model::EncodeConversion(*files_.conversion);
    }
    return found;
  }

  // The releases that the addenda may start from: of an overlay its base alone.
  absl::StatusOr<std::vector<source::BaseCandidate>> Bases() const {
    CategoryDigests categories;
    if (publication_.order.has_value()) {
      categories = DigestsOf(*publication_.order);
    } else {
      ASSIGN_OR_RETURN(categories, ReadCategoryDigests(*catalog_, *known_));
    }
    std::vector<source::BaseCandidate> bases = BaseCandidates(
        catalog_, {publication_.effective, publication_.id.correction()}, std::move(categories));
    if (base_ != nullptr) {
      bases.erase(std::remove_if(bases.begin(), bases.end(),
                                 [&](const source::BaseCandidate& base) {
                                   return base.release_id != options_.base_release_id();
                                 }),
                  bases.end());
    }
    return bases;
  }

  Store& store_;
  const v1::LoadOptions& options_;
  const LoadHooks& hooks_;
  const std::shared_ptr<const store::Catalog> catalog_;
  // The release as it is loaded already; null if it is not.
  const CatalogRelease* known_;
  // The release that the addenda are laid over; null where none is asked for or loaded.
  const CatalogRelease* base_;
  Publication publication_;
  SourceFiles files_;
  bool order_from_store_ = false;
  std::vector<Disagreement> disagreements_;
  source::AddendaCheck check_;
  // The part of the report that tells of references in notes.
  v1::LoadReport references_;
  // Last, so that it ends before what it works on.
  model::TaskGroup tasks_;
};

}  // namespace

absl::StatusOr<v1::LoadReport> LoadRelease(Store& store, const v1::LoadOptions& options,
                                           std::vector<InputFile> files, const LoadHooks& hooks) {
  RETURN_IF_ERROR(CheckLoadOptions(options));
  size_t bytes = 0;
  for (const InputFile& file : files) bytes += file.bytes.size();
  if (!options.dry_run()) RETURN_IF_ERROR(store.CheckRoom(bytes));
  if (HasPortable(files)) return LoadPortable(store, options, std::move(files), hooks);
  RETURN_IF_ERROR(RequireReleaseId(options));
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
  store::Reach("load.files_read");
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
