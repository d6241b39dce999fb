// What a store has been told, kept by a test beside it, and random changes that both are told.
//
//   Change change = RandomChange(random, facts, number);
//   if (change.make(store).ok()) facts = change.after;
//   EXPECT_EQ(FactsOf(store), facts);
//
// Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/store.h"
#include "tests/support/hand_made.h"

namespace codeset::store {

// What can be asked of a store.
struct StoreFacts {
  std::set<std::string> releases;
  // Of each label the release that it names.
  std::map<std::string, std::string> labels;
  // Of each release that is held back until when.
  std::map<std::string, std::string> held_back;
  // Of each code the words of the revisions of its page.
  std::map<std::string, std::vector<std::string>> pages;
  // Of each code the ids of its verifications.
  std::map<std::string, std::vector<std::string>> verifications;
  std::map<std::string, int64_t> usage;
  uint64_t events = 0;

  friend bool operator==(const StoreFacts&, const StoreFacts&) = default;
};

inline std::string Describe(const StoreFacts& facts) {
  std::string text = absl::StrCat(facts.events, " events; releases");
  for (const std::string& id : facts.releases) absl::StrAppend(&text, " ", id);
  absl::StrAppend(&text, "; labels");
  for (const auto& [label, id] : facts.labels) absl::StrAppend(&text, " ", label, "=", id);
  absl::StrAppend(&text, "; held back");
  for (const auto& [id, day] : facts.held_back) absl::StrAppend(&text, " ", id, "=", day);
  absl::StrAppend(&text, "; pages");
  for (const auto& [code, words] : facts.pages) {
    absl::StrAppend(&text, " ", code, "x", words.size(), "=", words.back());
  }
  absl::StrAppend(&text, "; verifications");
  for (const auto& [code, ids] : facts.verifications) {
    absl::StrAppend(&text, " ", code, "x", ids.size(), "=", ids.back());
  }
  absl::StrAppend(&text, "; usage");
  for (const auto& [code, count] : facts.usage) absl::StrAppend(&text, " ", code, "=", count);
  return text;
}

// For messages of GoogleTest.
inline void PrintTo(const StoreFacts& facts, std::ostream* out) { *out << Describe(facts); }

// The content of a release, other for every id.
inline Publication PublicationOf(const std::string& id) {
  const std::string title = "Of " + id;
  Publication publication{*model::ReleaseId::Parse(id), {}, {}, {}, {}, {}, {}, {}, {}, {}};
  publication.effective = publication.id.DefaultEffectiveDate();
  publication.order = model::EncodeOrder(testing::Order(
      {{"G35", true, title.c_str()}, {"G36", true, "The same in all"}, {"M99", true, "Too"}}));
  model::Tabular tabular;
  tabular.chapters.push_back(
      testing::Chapter("6", title, {testing::Section("G35-G37", "Section", {"G35", "G36"})}));
  publication.tabular = model::EncodeTabular(tabular);
  publication.addenda.push_back({"addenda.txt", "words about " + id});
  publication.sources.push_back({"source.zip", std::string(5000, id.back())});
  return publication;
}

// Reads everything back, proving what has a digest.
inline absl::StatusOr<StoreFacts> FactsOf(Store& store) {
  StoreFacts facts;
  const std::shared_ptr<const Catalog> catalog = store.catalog();
  for (const CatalogRelease& release : catalog->releases()) {
    const std::string id = release.id.ToString();
    RETURN_IF_ERROR(store.Verify(id).status());
    RETURN_IF_ERROR(store.GetImage(*catalog, id).status());
    ASSIGN_OR_RETURN(const std::vector<NamedBytes> addenda, store.Addenda(id));
    if (addenda.size() != 1) return absl::InternalError("the addenda are missing");
    facts.releases.insert(id);
    if (!release.entry.release().activate_on().empty()) {
      facts.held_back[id] = release.entry.release().activate_on();
    }
  }
  for (const auto& [name, label] : catalog->labels()) facts.labels[name] = label.release_id();
  const Ledger& ledger = store.ledger();
  for (const auto& page : ledger.pages().pages) {
    for (int revision = 1; revision <= page->revision; ++revision) {
      ASSIGN_OR_RETURN(const StoredPage stored, ledger.Read(page->code, revision));
      facts.pages[page->code].push_back(stored.reference.summary().text());
    }
    ASSIGN_OR_RETURN(const std::vector<v1::Verification> events,
                     ledger.Verifications(page->code, 0, 1000));
    for (const v1::Verification& event : events) {
      facts.verifications[page->code].push_back(event.event().id());
    }
  }
  facts.usage = *ledger.usage();
  ASSIGN_OR_RETURN(const std::vector<JournalRecord> events, store.Journal(0, 1'000'000));
  facts.events = events.size();
  if (store.journal_end() != facts.events) return absl::InternalError("the journal's end differs");
  return facts;
}

// A change that a store is told, and what is to be found after it.
struct Change {
  std::string name;
  std::function<absl::Status(Store& store)> make;
  StoreFacts after;
};

inline absl::Status ImportPages(Store& store, const std::map<std::string, std::string>& words) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ReferenceImport> import,
                   store.ledger().BeginImport("ann", false));
  for (const auto& [code, text] : words) {
    v1::Reference page;
    page.set_code(code);
    page.set_state(v1::REFERENCE_STATE_PUBLISHED);
    page.mutable_summary()->set_text(text);
    RETURN_IF_ERROR(import->Add(page).status());
  }
  return import->Commit(0).status();
}

inline absl::Status RecordOne(Store& store, const std::string& id, const std::string& code,
                              const std::string& release) {
  v1::NewVerification asked;
  asked.set_id(id);
  asked.set_code(code);
  asked.set_revision(1);
  asked.set_date("2026-11-20");
  asked.set_verifier("bea");
  asked.set_outcome(v1::VERIFICATION_OUTCOME_CONFIRMED);
  v1::Verification made;
  *made.mutable_event() = asked;
  made.set_release_id(release);
  return store.ledger().Record({made}, {asked}).status();
}

// One of those that there are at random.
template <typename Set>
auto OneOfThem(std::mt19937_64& random, const Set& set) {
  return std::next(set.begin(), static_cast<std::ptrdiff_t>(random() % set.size()));
}

// A change at random; `number` makes its ids and words unlike those of others. Some are such that
// the store refuses them.
inline Change RandomChange(std::mt19937_64& random, const StoreFacts& now, int number) {
  Change change{"", {}, now};
  StoreFacts& after = change.after;
  const std::string id = std::to_string(2021 + random() % 4);
  const std::string label = random() % 2 == 0 ? "prod" : "staging";
  const std::string code = random() % 2 == 0 ? "G35" : "M99";
  const std::string words = "words " + std::to_string(number);
  switch (now.releases.empty() ? 0 : random() % 9) {
    case 0:
    case 1: {
      change.name = "load " + id;
      change.make = [id](Store& store) {
        Publication publication = PublicationOf(id);
        const std::shared_ptr<const Catalog> catalog = store.catalog();
        if (const CatalogRelease* known = catalog->Find(id); known != nullptr) {
          publication.based_on = known->entry.release().fingerprint();
          publication.sources.clear();
        }
        return store.Publish(publication).status();
      };
      if (after.releases.insert(id).second) ++after.events;
      break;
    }
    case 2:
      change.name = "delete " + id;
      change.make = [id](Store& store) { return store.Delete(id).status(); };
      if (after.releases.erase(id) > 0) ++after.events;
      after.held_back.erase(id);
      break;
    case 3: {
      const std::string named = *OneOfThem(random, now.releases);
      change.name = "label " + label + " " + named;
      change.make = [label, named](Store& store) {
        return store.SetLabel(label, named, true, "bob").status();
      };
      if (std::exchange(after.labels[label], named) != named) ++after.events;
      break;
    }
    case 4:
      change.name = "remove label " + label;
      change.make = [label](Store& store) { return store.RemoveLabel(label, "bob").status(); };
      if (after.labels.erase(label) > 0) ++after.events;
      break;
    case 5: {
      const std::string held = *OneOfThem(random, now.releases);
      const std::string day = random() % 2 == 0 ? "" : "never";
      change.name = "activate " + held + " " + day;
      change.make = [held, day](Store& store) { return store.SetActivation(held, day, "bob"); };
      const auto before = now.held_back.find(held);
      if ((before == now.held_back.end() ? "" : before->second) != day) ++after.events;
      after.held_back.erase(held);
      if (!day.empty()) after.held_back[held] = day;
      break;
    }
    case 6: {
      std::map<std::string, std::string> pages = {{code, words}};
      if (random() % 2 == 0) pages["G36"] = words;
      change.name = "import";
      change.make = [pages](Store& store) { return ImportPages(store, pages); };
      for (const auto& [page, text] : pages) after.pages[page].push_back(text);
      break;
    }
    case 7: {
      if (now.pages.empty()) return RandomChange(random, now, number);
      const std::string page = OneOfThem(random, now.pages)->first;
      const std::string named = *OneOfThem(random, now.releases);
      const std::string event = "v" + std::to_string(number);
      change.name = "verify " + page;
      change.make = [event, page, named](Store& store) {
        return RecordOne(store, event, page, named);
      };
      after.verifications[page].push_back(event);
      break;
    }
    default:
      change.name = "usage";
      after.usage = {{"G35", number + 1}, {code, 7}};
      change.make = [counts = after.usage](Store& store) {
        return store.ledger().SetUsage(counts);
      };
  }
  return change;
}

// Whether a change failed because the storage did, so that it may be there or not.
inline bool IsStorageError(const absl::Status& status) {
  const auto reason = model::ReasonOf(status);
  return reason == model::Reason::kStorageFailed || reason == model::Reason::kStorageFull ||
         reason == model::Reason::kDataDamaged;
}

}  // namespace codeset::store
