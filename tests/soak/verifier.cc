#include "tests/soak/verifier.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/sha.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cpp/error.h"
#include "client/cpp/grpc_connection.h"

namespace codeset::soak {
namespace {

constexpr char kBy[] = "the soak";
constexpr char kRecord[] = "RecordVerification";
// Pages of each role, as far as there are codes for it.
constexpr size_t kPagesOfRole = 4;

std::string Yesterday() {
  // The server's day is New York's, behind that of UTC.
  return absl::FormatTime("%Y-%m-%d", absl::Now() - absl::Hours(30), absl::UTCTimeZone());
}

}  // namespace

v1::VerificationStatus StatusOf(const VerifiedPage& page) {
  if (page.events.empty()) return v1::VERIFICATION_STATUS_UNVERIFIED;
  const RecordedEvent& last = page.events.back();
  if (last.outcome == v1::VERIFICATION_OUTCOME_REJECTED) return v1::VERIFICATION_STATUS_REJECTED;
  return last.revision == page.revision ? v1::VERIFICATION_STATUS_VERIFIED
                                        : v1::VERIFICATION_STATUS_STALE_TEXT;
}

std::string DifferenceOf(const VerifiedPage& page, const std::vector<v1::Verification>& actual) {
  const std::string& code = page.reference.code();
  if (actual.size() != page.events.size()) {
    return absl::StrCat(code, ": ", page.events.size(), " events were acknowledged, there are ",
                        actual.size());
  }
  for (size_t i = 0; i < actual.size(); ++i) {
    const RecordedEvent& expected = page.events[i];
    const v1::NewVerification& event = actual[i].event();
    if (event.id() != expected.id || event.revision() != expected.revision ||
        event.revision_digest() != expected.digest || event.outcome() != expected.outcome ||
        actual[i].number() != static_cast<int>(i + 1)) {
      return absl::StrCat(code, ": event ", i + 1, ": expected ", expected.id, ", came ",
                          actual[i].ShortDebugString());
    }
  }
  return "";
}

std::string DigestOf(const v1::Reference& reference) {
  std::string content;
  {
    google::protobuf::io::StringOutputStream out(&content);
    google::protobuf::io::CodedOutputStream coded(&out);
    coded.SetSerializationDeterministic(true);
    reference.SerializeToCodedStream(&coded);
  }
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof digest));
}

Verifier::Verifier(Soak* soak)
    : soak_(soak),
      random_(soak->options.seed * 15485863 + 3),
      admin_(client::MakeAdminConnection(soak->options.admin)),
      client_(OwnConnection(soak->options.server)),
      day_(Yesterday()) {}

void Verifier::Wrong(const std::string& kind, const std::string& difference) {
  if (difference.empty()) {
    soak_->tally.Count("answers compared");
  } else {
    soak_->tally.Wrong(kind, difference);
  }
}

void Verifier::AddPages(PageRole role, const std::vector<std::string>& codes) {
  for (const std::string& code : codes) {
    VerifiedPage page;
    page.role = role;
    page.reference.set_code(code);
    page.reference.set_state(v1::REFERENCE_STATE_PUBLISHED);
    page.reference.set_author(kBy);
    page.reference.mutable_summary()->set_text(absl::StrCat("What the soak says of ", code, "."));
    pages_.push_back(std::move(page));
  }
}

void Verifier::ChoosePages() {
  const std::vector<std::string>& fixed = soak_->options.fixed;
  std::vector<std::string> deleted;
  std::vector<std::string> headers;
  std::vector<std::string> others;
  // The newest pair of neighbours with codes of either kind.
  for (size_t i = fixed.size() - 1; i > 0 && (deleted.empty() || headers.empty()); --i) {
    release_ = fixed[i - 1];
    next_release_ = fixed[i];
    deleted.clear();
    headers.clear();
    others.clear();
    const ReleaseFacts& next = soak_->oracle.releases.at(next_release_);
    for (const ConceptFacts& facts : soak_->oracle.releases.at(release_).concepts) {
      if (!facts.billable) continue;
      const ConceptFacts* there = next.Find(facts.id);
      (there == nullptr ? deleted : there->billable ? others : headers).emplace_back(facts.id);
    }
  }
  const auto some = [&](std::vector<std::string>* codes) {
    std::shuffle(codes->begin(), codes->end(), random_);
    const size_t count = std::min(kPagesOfRole, codes->size());
    const auto from = codes->end() - static_cast<std::ptrdiff_t>(count);
    std::vector<std::string> taken(from, codes->end());
    codes->erase(from, codes->end());
    return taken;
  };
  AddPages(PageRole::kDeleted, some(&deleted));
  AddPages(PageRole::kHeader, some(&headers));
  for (const PageRole role :
       {PageRole::kConfirmed, PageRole::kRejected, PageRole::kNever, PageRole::kReworded}) {
    AddPages(role, some(&others));
  }
}

void Verifier::Import(const std::vector<VerifiedPage*>& pages) {
  v1::ImportOptions options;
  *options.mutable_release() = client::ById(release_);
  options.set_by(kBy);
  size_t next = 0;
  const auto report = Timed(soak_, "ImportReferences", [&] {
    return admin_.ImportReferences(options,
                                   [&]() -> absl::StatusOr<std::optional<v1::Reference>> {
                                     if (next == pages.size()) return std::nullopt;
                                     return pages[next++]->reference;
                                   },
                                   {});
  });
  if (!report.ok()) return soak_->tally.NotAskedFor("ImportReferences", report.status(), "");
  for (size_t i = 0; i < pages.size(); ++i) {
    ++pages[i]->revision;
    pages[i]->digest = DigestOf(pages[i]->reference);
    const v1::ReferenceRevision told = static_cast<int>(i) < report->revisions_size()
                                           ? report->revisions(static_cast<int>(i))
                                           : v1::ReferenceRevision();
    Wrong("ImportReferences",
          told.number() == pages[i]->revision && told.digest() == pages[i]->digest
              ? ""
              : absl::StrCat("revision ", pages[i]->revision, " of ", pages[i]->reference.code(),
                             ": came ", told.ShortDebugString()));
  }
  soak_->tally.Count("revisions imported", static_cast<int64_t>(pages.size()));
}

void Verifier::Prepare() {
  ChoosePages();
  std::vector<VerifiedPage*> all;
  std::vector<VerifiedPage*> verified;
  for (VerifiedPage& page : pages_) {
    all.push_back(&page);
    if (page.role != PageRole::kNever) verified.push_back(&page);
  }
  Import(all);
  Record(verified);
}

v1::NewVerification Verifier::EventOf(const VerifiedPage& page, const RecordedEvent& event) const {
  v1::NewVerification verification;
  verification.set_id(event.id);
  verification.set_code(page.reference.code());
  verification.set_revision(event.revision);
  verification.set_revision_digest(event.digest);
  verification.set_date(day_);
  verification.set_verifier(kBy);
  verification.set_method(v1::VERIFICATION_METHOD_AUTOMATED);
  *verification.mutable_release() = client::ById(release_);
  verification.set_outcome(event.outcome);
  return verification;
}

void Verifier::Record(const std::vector<VerifiedPage*>& pages) {
  v1::RecordVerificationRequest request;
  std::vector<RecordedEvent> events;
  for (const VerifiedPage* page : pages) {
    events.push_back({absl::StrCat("soak/", soak_->options.seed, "/", next_event_++),
                      page->revision, page->digest,
                      page->role == PageRole::kRejected ? v1::VERIFICATION_OUTCOME_REJECTED
                                                        : v1::VERIFICATION_OUTCOME_CONFIRMED});
    *request.add_verifications() = EventOf(*page, events.back());
  }
  const auto answer = Timed(soak_, kRecord, [&] { return admin_.RecordVerification(request); });
  if (!answer.ok()) return soak_->tally.NotAskedFor(kRecord, answer.status(), "");
  if (answer->already_recorded() != 0 ||
      static_cast<size_t>(answer->verifications_size()) != pages.size()) {
    return Wrong(kRecord, "another number of events than were recorded");
  }
  const std::string& fingerprint = soak_->oracle.releases.at(release_).fingerprint;
  for (size_t i = 0; i < pages.size(); ++i) {
    pages[i]->events.push_back(events[i]);
    const v1::Verification& told = answer->verifications(static_cast<int>(i));
    const bool right = told.event().id() == events[i].id &&
                       told.number() == static_cast<int>(pages[i]->events.size()) &&
                       told.event().revision_digest() == pages[i]->digest &&
                       told.release_id() == release_ && told.release_fingerprint() == fingerprint;
    Wrong(kRecord, right ? "" : absl::StrCat(events[i].id, ": ", told.ShortDebugString()));
  }
  soak_->tally.Count("verifications acknowledged", static_cast<int64_t>(pages.size()));
}

void Verifier::RecordAgain() {
  const VerifiedPage& page = *AnyOf({PageRole::kConfirmed, PageRole::kRejected});
  if (page.events.empty()) return;
  const size_t place = Below(page.events.size());
  v1::RecordVerificationRequest request;
  *request.add_verifications() = EventOf(page, page.events[place]);
  const bool other = Below(2) == 0;
  if (other) request.mutable_verifications(0)->set_remark("something else");
  const auto answer = Timed(soak_, kRecord, [&] { return admin_.RecordVerification(request); });
  if (other) {
    if (client::ErrorReasonOf(answer.status()) == v1::ERROR_REASON_VERIFICATION_ID_TAKEN) {
      return soak_->tally.AskedFor(answer.status());
    }
    return Wrong(kRecord, "an id was given to another event");
  }
  if (!answer.ok()) return soak_->tally.NotAskedFor(kRecord, answer.status(), "again");
  Wrong(kRecord, answer->already_recorded() == 1 &&
                         answer->verifications(0).number() == static_cast<int>(place + 1)
                     ? ""
                     : absl::StrCat("recorded again: ", answer->ShortDebugString()));
}

VerifiedPage* Verifier::AnyOf(const std::vector<PageRole>& roles) {
  while (true) {
    VerifiedPage& page = pages_[Below(pages_.size())];
    if (std::find(roles.begin(), roles.end(), page.role) != roles.end()) return &page;
  }
}

}  // namespace codeset::soak
