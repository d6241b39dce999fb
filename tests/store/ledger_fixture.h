// A store with pages and verifications typed by hand.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "storage/model/concept_id.h"
#include "tests/store/store_fixture.h"

namespace codeset::store {

class LedgerTest : public StoreTest {
 protected:
  LedgerTest() {
    EXPECT_TRUE(Publish(Release("2025", Old())).ok());
    EXPECT_TRUE(Publish(Release("2026", New())).ok());
  }

  Ledger& ledger() { return store_->ledger(); }

  // A published page of a code, which may be written without its dot, with these words.
  static v1::Reference Page(const std::string& code, const std::string& words) {
    v1::Reference page;
    page.set_code(code.find('.') == std::string::npos ? model::DottedCode(code) : code);
    page.set_state(v1::REFERENCE_STATE_PUBLISHED);
    page.mutable_summary()->set_text(words);
    return page;
  }

  static void Cite(v1::Reference& page, v1::SourceKind kind, const std::string& edition,
                   const std::string& series = "") {
    v1::Source& source = *page.add_sources();
    source.set_number(page.sources_size());
    source.set_title("a source");
    source.set_kind(kind);
    source.set_edition(edition);
    source.set_series(series);
  }

  // Imports pages and returns their new revisions as `code number`.
  std::vector<std::string> Import(const std::vector<v1::Reference>& pages) {
    auto import = ledger().BeginImport("ann", false);
    EXPECT_TRUE(import.ok()) << import.status();
    for (const v1::Reference& page : pages) {
      const auto outcome = (*import)->Add(page);
      EXPECT_TRUE(outcome.ok()) << outcome.status();
    }
    const auto revisions = (*import)->Commit(1000);
    EXPECT_TRUE(revisions.ok()) << revisions.status();
    return Named(*revisions);
  }

  static std::vector<std::string> Named(const std::vector<v1::ReferenceRevision>& revisions) {
    std::vector<std::string> names;
    for (const v1::ReferenceRevision& revision : revisions) {
      names.push_back(revision.code() + " " + std::to_string(revision.number()));
    }
    return names;
  }

  std::vector<std::string> Codes() {
    std::vector<std::string> codes;
    for (const auto& page : ledger().pages().pages) codes.push_back(page->code);
    return codes;
  }

  // The request for a verification that confirms a revision.
  static v1::NewVerification Asked(const std::string& id, const std::string& code,
                                   int revision = 1) {
    v1::NewVerification asked;
    asked.set_id(id);
    asked.set_code(code);
    asked.set_revision(revision);
    asked.set_date("2026-11-20");
    asked.set_verifier("bea");
    asked.set_method(v1::VERIFICATION_METHOD_MANUAL);
    asked.mutable_release()->set_release("current");
    asked.set_outcome(v1::VERIFICATION_OUTCOME_CONFIRMED);
    return asked;
  }

  // What a server makes of it, judged against a release.
  static v1::Verification Made(const v1::NewVerification& asked,
                               const std::string& release = "2026") {
    v1::Verification made;
    *made.mutable_event() = asked;
    made.mutable_event()->set_code(model::DottedCode(*model::ParseCode(asked.code())));
    made.mutable_event()->mutable_release()->set_release(release);
    made.set_release_id(release);
    made.set_release_fingerprint("f");
    for (const v1::FacetGroup group : {v1::FACET_GROUP_ORDER, v1::FACET_GROUP_CONVERSION}) {
      v1::EffectiveDigest& digest = *made.add_effective_digests();
      digest.set_group(group);
      digest.set_digest("d");
    }
    return made;
  }

  absl::StatusOr<RecordOutcome> Record(const std::vector<v1::NewVerification>& asked,
                                       const std::string& release = "2026") {
    std::vector<v1::Verification> events;
    for (const v1::NewVerification& one : asked) events.push_back(Made(one, release));
    return ledger().Record(std::move(events), asked);
  }

  // The events of a code: `number id`, and the id of what took its place.
  std::vector<std::string> Events(const std::string& code, int after = 0, size_t most = 1000) {
    const auto events = ledger().Verifications(code, after, most);
    EXPECT_TRUE(events.ok()) << events.status();
    std::vector<std::string> told;
    for (const v1::Verification& event : *events) {
      told.push_back(std::to_string(event.number()) + " " + event.event().id());
      if (!event.corrected_by_id().empty()) told.back() += " > " + event.corrected_by_id();
    }
    return told;
  }

  // Everything that is kept in memory of the pages.
  std::string Summaries() {
    std::string text;
    for (const auto& page : ledger().pages().pages) {
      text += page->code + " r" + std::to_string(page->revision) + " " +
              model::FormatDigest(page->digest).substr(0, 8) + " " +
              v1::ReferenceState_Name(page->state) + " " + std::to_string(page->source_count);
      for (const auto& ref : *page->cited) text += " " + ref.series + "=" + ref.edition;
      text += "\n";
      for (const EventSummary& event : page->events) {
        text += "  " + std::to_string(event.number) + " " + model::FormatDate(event.date) + " " +
                v1::VerificationOutcome_Name(event.outcome) + " r" +
                std::to_string(event.revision) + (event.whole ? " whole" : " part") +
                (event.replaced ? " replaced " : " ") + std::to_string(event.groups) + " " +
                *event.release_id;
        for (const auto& ref : *event.consulted) text += " " + ref.series + "=" + ref.edition;
        text += "\n";
      }
    }
    return text;
  }

  // The keys that a family has. The store must be closed.
  static std::vector<std::string> Keys(const std::string& directory, Family family) {
    auto database = Database::Open(directory, false, "the test");
    EXPECT_TRUE(database.ok()) << database.status();
    std::vector<std::string> keys;
    std::unique_ptr<rocksdb::Iterator> it(
        (*database)->db().NewIterator(rocksdb::ReadOptions(), (*database)->family(family)));
    for (it->SeekToFirst(); it->Valid(); it->Next()) keys.push_back(it->key().ToString());
    return keys;
  }

  // Writes something past the ledger. Closes the store.
  void Put(Family family, absl::string_view key, absl::string_view value) {
    store_.reset();
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok()) << database.status();
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(family), ToSlice(key), ToSlice(value));
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
};

}  // namespace codeset::store
