// The part of a scrub that proves what people recorded: labels, journal, ledger, usage counts.
#include <algorithm>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/ledger.h"
#include "storage/store/ledger_records.h"
#include "storage/store/scrub_pass.h"

namespace codeset::store {
namespace {

using model::Digest;

constexpr absl::string_view kRestore =
    "restore the data directory from a backup (`codesetd restore`)";

// Proves the records of a pass.
class RecordScrub {
 public:
  explicit RecordScrub(ScrubPass& pass) : pass_(pass) {}

  absl::Status Run() {
    RETURN_IF_ERROR(ReadLabels());
    RETURN_IF_ERROR(ReadJournal());
    ReadCalendar();
    RETURN_IF_ERROR(ReadRevisions());
    RETURN_IF_ERROR(ReadVerifications());
    RETURN_IF_ERROR(ReadIds());
    return ReadUsage();
  }

 private:
  absl::Status ReadLabels() {
    pass_.Begin("labels");
    return pass_.ForEach(
        Family::kLabels, v1::SCRUB_SUBJECT_LABEL,
        [&](absl::string_view key, absl::string_view value) {
          pass_.report().set_labels(pass_.report().labels() + 1);
          LabelEntry label;
          if (!label.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
              absl::string_view(label.name()) != key) {
            pass_.Found(v1::SCRUB_SUBJECT_LABEL,
                        absl::StrCat("the entry of label ", key, " is damaged"),
                        "set the label again (codesetctl label set)");
          } else if (pass_.catalog().Find(label.release_id()) == nullptr) {
            pass_.Found(v1::SCRUB_SUBJECT_LABEL,
                        absl::StrCat("label ", key, " names release ", label.release_id(),
                                     ", which is not loaded"),
                        "set the label again (codesetctl label set)");
          }
          return absl::OkStatus();
        });
  }

  absl::Status ReadJournal() {
    pass_.Begin("journal");
    return pass_.ForEach(
        Family::kJournal, v1::SCRUB_SUBJECT_JOURNAL,
        [&](absl::string_view key, absl::string_view value) {
          pass_.report().set_journal_events(pass_.report().journal_events() + 1);
          const uint64_t number = ++last_event_;
          // After a gap goes on with what is there, so that one loss is told once.
          last_event_ = std::max(number, ParseJournalKey(key));
          if (last_event_ != number ||
              !v1::ReleaseEvent().ParseFromArray(value.data(), static_cast<int>(value.size()))) {
            pass_.Found(v1::SCRUB_SUBJECT_JOURNAL,
                        absl::StrCat("event ", number, " of the journal is missing or damaged"),
                        kRestore);
          }
          return absl::OkStatus();
        });
  }

  // What the journal has told of the calendar.
  void ReadCalendar() {
    const absl::StatusOr<std::string> bytes = pass_.Get(Family::kDefault, CalendarKey());
    if (absl::IsNotFound(bytes.status())) return;
    if (!bytes.ok() || !CalendarState().ParseFromString(*bytes)) {
      pass_.Found(v1::SCRUB_SUBJECT_JOURNAL, "the state of the calendar is damaged", kRestore);
    }
  }

  void Found(v1::ScrubSubject subject, absl::string_view code, absl::string_view message,
             absl::string_view remedy) {
    v1::ScrubFinding* finding = pass_.Found(subject, message, remedy);
    if (finding != nullptr) finding->set_code(model::DottedCode(code));
  }

  absl::Status ReadRevisions() {
    pass_.Begin("pages of codes");
    std::string code;
    int expected = 1;
    return pass_.ForEach(Family::kRevisions, v1::SCRUB_SUBJECT_REFERENCE,
                         [&](absl::string_view key, absl::string_view value) -> absl::Status {
                           pass_.report().set_revisions(pass_.report().revisions() + 1);
                           LedgerKeyParts parts;
                           if (!ParseLedgerKey(key, parts) || !model::IsCode(parts.code)) {
                             pass_.Found(v1::SCRUB_SUBJECT_REFERENCE,
                                         "a key of a revision is malformed", kRestore);
                             return absl::OkStatus();
                           }
                           if (code != parts.code) {
                             code = std::string(parts.code);
                             expected = 1;
                           }
                           const int number = static_cast<int>(parts.number);
                           if (number != expected) {
                             Found(v1::SCRUB_SUBJECT_REFERENCE, code,
                                   absl::StrCat("revision ", expected, " of the page of ",
                                                model::DottedCode(code), " is missing"),
                                   kRestore);
                           }
                           expected = number + 1;
                           return ProveRevision(code, number, value);
                         });
  }

  absl::Status ProveRevision(const std::string& code, int number, absl::string_view value) {
    const absl::StatusOr<RevisionRecord> record = ParseRevision(code, number, value);
    if (!record.ok()) {
      Found(v1::SCRUB_SUBJECT_REFERENCE, code, record.status().message(), kRestore);
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const Digest digest, model::DigestFromBytes(record->digest()));
    digests_[LedgerKey(code, static_cast<uint32_t>(number))] = digest;
    const absl::StatusOr<std::string> content = pass_.Get(Family::kReferences, digest.view());
    absl::string_view how;
    v1::Reference page;
    if (!content.ok()) {
      how = absl::IsNotFound(content.status()) ? "is missing" : "cannot be read";
    } else if (model::DigestOf(*content) != digest) {
      how = "does not match its digest";
    } else if (!page.ParseFromString(*content) || page.code() != model::DottedCode(code)) {
      how = "is no page of the code";
    }
    if (!how.empty()) {
      Found(v1::SCRUB_SUBJECT_REFERENCE, code,
            absl::StrCat("the content of revision ", number, " of the page of ",
                         model::DottedCode(code), " ", how),
            absl::StrCat("import the same page again (codesetctl reference import), which writes "
                         "it afresh; or ",
                         kRestore));
    }
    return content.ok() ? pass_.Count(content->size()) : absl::OkStatus();
  }

  absl::Status ReadVerifications() {
    pass_.Begin("verifications");
    std::string code;
    int expected = 1;
    return pass_.ForEach(
        Family::kVerifications, v1::SCRUB_SUBJECT_VERIFICATION,
        [&](absl::string_view key, absl::string_view value) -> absl::Status {
          pass_.report().set_verifications(pass_.report().verifications() + 1);
          LedgerKeyParts parts;
          if (!ParseLedgerKey(key, parts)) {
            pass_.Found(v1::SCRUB_SUBJECT_VERIFICATION, "a key of a verification is malformed",
                        kRestore);
            return absl::OkStatus();
          }
          if (code != parts.code) {
            code = std::string(parts.code);
            expected = 1;
          }
          const int number = static_cast<int>(parts.number);
          const auto found = [&](absl::string_view why) {
            Found(v1::SCRUB_SUBJECT_VERIFICATION, code,
                  absl::StrCat("verification ", number, " of ", model::DottedCode(code), " ", why),
                  kRestore);
          };
          if (number != expected) found("follows on one that is missing");
          expected = number + 1;
          const absl::StatusOr<VerificationRecord> record = ParseVerification(code, number, value);
          if (!record.ok()) {
            found("is damaged");
            return absl::OkStatus();
          }
          CheckVerification(key, record->verification(), found);
          return absl::OkStatus();
        });
  }

  // Holds an event against what it names.
  void CheckVerification(absl::string_view key, const v1::Verification& verification,
                         absl::FunctionRef<void(absl::string_view)> found) {
    const v1::NewVerification& event = verification.event();
    LedgerKeyParts parts;
    ParseLedgerKey(key, parts);
    if (event.code() != model::DottedCode(parts.code)) found("is of another code");
    const absl::StatusOr<std::string> place = pass_.Get(Family::kVerificationIds, event.id());
    if (!place.ok() || absl::string_view(*place) != key) found("cannot be found by its id");
    const auto check = [&](int number, const std::string& digest) {
      const auto revision = digests_.find(LedgerKey(parts.code, static_cast<uint32_t>(number)));
      if (revision == digests_.end()) {
        found("names a revision that is missing");
      } else if (!digest.empty() && digest != model::FormatDigest(revision->second)) {
        found("names a revision that has another digest");
      }
    };
    check(event.revision(), event.revision_digest());
    if (event.outcome() == v1::VERIFICATION_OUTCOME_CORRECTED) {
      check(event.corrected_revision(), verification.corrected_revision_digest());
    }
    if (!event.corrects_id().empty()) {
      const auto corrected = ids_.find(event.corrects_id());
      if (corrected == ids_.end() || corrected->second != parts.code) {
        found("takes the place of one that is missing");
      }
    }
    ids_.emplace(event.id(), std::string(parts.code));
    const CatalogRelease* release = pass_.catalog().Find(verification.release_id());
    if (release == nullptr) {
      found(absl::StrCat("was judged against release ", verification.release_id(),
                         ", which is not loaded"));
    }
  }

  absl::Status ReadIds() {
    return pass_.ForEach(Family::kVerificationIds, v1::SCRUB_SUBJECT_VERIFICATION,
                         [&](absl::string_view key, absl::string_view) {
                           if (!ids_.contains(key)) {
                             pass_.Found(v1::SCRUB_SUBJECT_VERIFICATION,
                                         absl::StrCat("the id ", key, " leads to no verification"),
                                         kRestore);
                           }
                           return absl::OkStatus();
                         });
  }

  absl::Status ReadUsage() {
    pass_.Begin("usage counts");
    return pass_.ForEach(Family::kUsage, v1::SCRUB_SUBJECT_USAGE,
                         [&](absl::string_view key, absl::string_view value) {
                           pass_.report().set_usage_counts(pass_.report().usage_counts() + 1);
                           int64_t count = 0;
                           if (!ParseUsageValue(value, count)) {
                             Found(v1::SCRUB_SUBJECT_USAGE, key, "a usage count is damaged",
                                   "set the usage counts again (codesetctl reference usage)");
                           }
                           return absl::OkStatus();
                         });
  }

  ScrubPass& pass_;
  // Up to here the journal was read.
  uint64_t last_event_ = 0;
  // The code of each verification, by its id.
  absl::flat_hash_map<std::string, std::string> ids_;
  // Of each revision its digest, by its key.
  absl::flat_hash_map<std::string, Digest> digests_;
};

}  // namespace

absl::Status ScrubRecords(ScrubPass& pass) { return RecordScrub(pass).Run(); }

}  // namespace codeset::store
