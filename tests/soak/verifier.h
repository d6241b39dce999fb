// One who keeps pages and records verifications without end, and knows what must come of them.
//
//   Verifier verifier(&soak);
//   verifier.Prepare();   // imports pages; nothing else may have any
//   verifier.Run();       // until soak.stop
//   verifier.CheckAll();  // each acknowledged event is there, once
//
// What the status of a page must be is known by how it was made: some were never verified, some
// are confirmed, some rejected, some get other words, and some are of codes that the next release
// has deleted or made headers. One thread.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "client/cpp/admin_client.h"
#include "client/cpp/client.h"
#include "tests/soak/soak.h"

namespace codeset::soak {

// An event as it was acknowledged; its number is its place, from 1.
struct RecordedEvent {
  std::string id;
  int revision = 0;
  std::string digest;
  v1::VerificationOutcome outcome = v1::VERIFICATION_OUTCOME_UNSPECIFIED;
};

// What becomes of a page.
enum class PageRole { kConfirmed, kRejected, kNever, kReworded, kDeleted, kHeader };

// A page, and what was acknowledged of it.
struct VerifiedPage {
  PageRole role = PageRole::kConfirmed;
  v1::Reference reference;
  int revision = 0;
  std::string digest;
  std::vector<RecordedEvent> events;
};

// What a page is worth, judged against the release that it was verified against.
v1::VerificationStatus StatusOf(const VerifiedPage& page);

// Where the events of a page are not those that were acknowledged, in words; else empty.
std::string DifferenceOf(const VerifiedPage& page, const std::vector<v1::Verification>& actual);

// A page's digest, as reference.proto defines it.
std::string DigestOf(const v1::Reference& reference);

// See above.
class Verifier {
 public:
  explicit Verifier(Soak* soak);

  void Prepare();
  void Run();
  void CheckAll();

 private:
  size_t Below(size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random_);
  }
  // Chooses the releases and codes.
  void ChoosePages();
  void AddPages(PageRole role, const std::vector<std::string>& codes);
  // Imports pages with the words that they have now.
  void Import(const std::vector<VerifiedPage*>& pages);
  v1::NewVerification EventOf(const VerifiedPage& page, const RecordedEvent& event) const;
  // Records one event for each of the pages, in one call.
  void Record(const std::vector<VerifiedPage*>& pages);
  void RecordAgain();
  void AskForRefusal();
  void CheckStatus();
  void CheckQueue();
  void CheckEvents(const VerifiedPage& page);
  VerifiedPage* AnyOf(const std::vector<PageRole>& roles);
  void Wrong(const std::string& kind, const std::string& difference);

  Soak* soak_;
  std::mt19937_64 random_;
  client::AdminClient admin_;
  client::Client client_;
  // The release that pages are verified against, and the one after it.
  std::string release_;
  std::string next_release_;
  // The day of all events: one that is recorded again must be the same.
  std::string day_;
  std::vector<VerifiedPage> pages_;
  int64_t next_event_ = 0;
};

// Reads what Verifier::CheckAll wrote and holds the server's ledger against it. Says what differs,
// one line each; the number of events that were compared goes to `compared`.
std::vector<std::string> CheckLedger(const std::string& server, const std::string& path,
                                     int64_t* compared);

}  // namespace codeset::soak
