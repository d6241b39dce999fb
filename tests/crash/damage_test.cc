// Flips one byte of one file of a data directory, and asks everything: the directory is refused, or
// DATA_LOSS is answered where it matters, or no answer is another. Never a wrong one.
//
//   damage_test --flips 1000 --seed 7
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rocksdb/write_batch.h"
#include "server/concept_answers.h"
#include "server/diff.h"
#include "server/history.h"
#include "server/labels.h"
#include "server/references.h"
#include "server/releases.h"
#include "server/verification_queue.h"
#include "storage/store/database.h"
#include "storage/store/generation.h"
#include "storage/store/keys.h"
#include "tests/server/parsed_answers.h"
#include "tests/server/reference_fixture.h"

namespace codeset::server {
namespace {

namespace fs = std::filesystem;

int flips = 60;
uint64_t seed = 1;

constexpr const char* kReleases[] = {"2025", "2026", "2027"};
constexpr const char* kSelectors[] = {"2025", "2026",    "2027",       "prod",       "staging",
                                      "next", "current", "2024-11-01", "2025-11-01", "2026-12-01"};
constexpr const char* kCodes[] = {"M99.86", "M99.00"};

// Answers by their question: what a response serialises to, or the error.
using Answers = std::map<std::string, std::string>;

std::string ErrorText(const absl::Status& status) {
  const auto reason = model::ReasonOf(status);
  return absl::StrCat(
      "error ", reason.has_value() ? std::string(model::ReasonName(*reason)) : status.ToString());
}

bool TellsOfDamage(const std::string& answer) {
  return answer == "error DATA_DAMAGED" || answer == "error STORAGE_FAILED";
}

std::string TextOf(const absl::StatusOr<std::string>& bytes) {
  return bytes.ok() ? *bytes : ErrorText(bytes.status());
}

template <typename Response>
std::string TextOf(const absl::StatusOr<Response>& response) {
  return response.ok() ? response->SerializeAsString() : ErrorText(response.status());
}

template <typename Response>
std::string AllOf(absl::StatusOr<MessageSource<Response>> source) {
  if (!source.ok()) return ErrorText(source.status());
  std::string text;
  while (const std::optional<Response> message = (*source)()) {
    absl::StrAppend(&text, message->SerializeAsString(), ";");
  }
  return text;
}

std::string TextOf(const absl::StatusOr<std::vector<store::NamedBytes>>& files) {
  if (!files.ok()) return ErrorText(files.status());
  std::string text;
  for (const store::NamedBytes& file : *files) absl::StrAppend(&text, file.name, file.bytes, ";");
  return text;
}

v1::ReleaseSelector Selector(const std::string& text) {
  v1::ReleaseSelector selector;
  if (text.size() == 10) {
    selector.set_date(text);
  } else {
    selector.set_release(text);
  }
  return selector;
}

absl::Time Now() { return absl::FromCivil(absl::CivilHour(2026, 11, 23, 17), absl::UTCTimeZone()); }

absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(const std::string& directory) {
  store::StoreOptions options;
  options.create_if_missing = false;
  options.clock = Now;
  return store::Store::Open(directory, options);
}

// Everything that can be asked.
Answers AskAll(store::Store& store) {
  const Backend backend{store, model::EditionRegister::BuiltIn(), Now};
  Answers answers;
  ConceptAnswers concepts(backend);
  answers["releases"] = TextOf(ListReleases(backend, {}));
  answers["labels"] = TextOf(ListLabels(backend, {}));
  for (const char* text : kSelectors) {
    const v1::ReleaseSelector selector = Selector(text);
    v1::ResolveReleaseRequest resolve;
    *resolve.mutable_release() = selector;
    answers[absl::StrCat("resolve ", text)] = TextOf(ResolveRelease(backend, resolve));
    v1::GetReleaseRequest get;
    *get.mutable_release() = selector;
    answers[absl::StrCat("release ", text)] = TextOf(GetRelease(backend, get));
    v1::ListConceptsRequest list;
    *list.mutable_release() = selector;
    list.set_view(v1::CONCEPT_VIEW_EFFECTIVE);
    list.set_page_size(1000);
    answers[absl::StrCat("concepts ", text)] = TextOf(concepts.ListConcepts(list));
    for (const char* code : kCodes) {
      v1::GetReferenceRequest reference;
      reference.set_code(code);
      *reference.mutable_release() = selector;
      answers[absl::StrCat("page ", code, " ", text)] = TextOf(GetReference(backend, reference));
    }
    v1::ListVerificationQueueRequest queue;
    *queue.mutable_release() = selector;
    answers[absl::StrCat("queue ", text)] = TextOf(ListVerificationQueue(backend, queue));
  }
  for (const char* id : kReleases) {
    answers[absl::StrCat("addenda ", id)] = TextOf(store.Addenda(id));
    answers[absl::StrCat("sources ", id)] = TextOf(store.Sources(id));
    v1::StreamDiffRequest diff;
    diff.mutable_from()->set_release("2025");
    diff.mutable_to()->set_release(id);
    answers[absl::StrCat("diff ", id)] = AllOf(StreamDiff(backend, diff));
  }
  for (const char* label : {"prod", "staging"}) {
    v1::ListLabelMovesRequest moves;
    moves.set_label(label);
    answers[absl::StrCat("moves ", label)] = TextOf(ListLabelMoves(backend, moves));
  }
  for (const char* code : kCodes) {
    v1::ListReferenceRevisionsRequest revisions;
    revisions.set_code(code);
    answers[absl::StrCat("revisions ", code)] = TextOf(ListReferenceRevisions(backend, revisions));
    v1::ListVerificationsRequest verifications;
    verifications.set_code(code);
    answers[absl::StrCat("events ", code)] = TextOf(ListVerifications(backend, verifications));
  }
  answers["histories"] = AllOf(StreamHistories(backend, {}));
  const auto journal = store.Journal(0, 1000);
  std::string& events = answers["journal"];
  if (!journal.ok()) events = ErrorText(journal.status());
  for (size_t i = 0; journal.ok() && i < journal->size(); ++i) {
    absl::StrAppend(&events, (*journal)[i].number, (*journal)[i].event.SerializeAsString(), ";");
  }
  std::string& usage = answers["usage"];
  for (const auto& [code, count] : *store.ledger().usage()) {
    absl::StrAppend(&usage, code, count, ";");
  }
  return answers;
}

// Files with content. Others may go while they are looked for.
std::vector<std::string> FilesOf(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    std::error_code gone;
    const auto size = entry.file_size(gone);
    if (!gone && size > 0) files.push_back(entry.path().lexically_relative(directory));
  }
  std::sort(files.begin(), files.end());
  return files;
}

// A copy that may be made while the database is open and nobody writes: RocksDB then merges and
// removes files for a moment, so that the copy is made again until that is over.
void CopyDirectory(const std::string& from, const std::string& to) {
  std::string changed;
  for (int tries = 0; tries < 1000; ++tries) {
    const std::vector<std::string> files = FilesOf(from);
    fs::remove_all(to);
    fs::create_directories(to + "/db");
    changed.clear();
    for (const std::string& file : files) {
      std::error_code error;
      fs::copy_file(fs::path(from) / file, fs::path(to) / file, error);
      if (!error && fs::file_size(fs::path(from) / file, error) ==
                        fs::file_size(fs::path(to) / file, error)) {
        continue;
      }
      changed = file;
    }
    if (changed.empty() && FilesOf(from) == files) return;
    absl::SleepFor(absl::Milliseconds(5));
  }
  FAIL() << from << " does not come to rest; " << changed;
}

class DamageTest : public ::testing::Test {
 protected:
  // What was opened and closed, and what a process left that was killed amid an import.
  void MakeDirectories() {
    {
      ReferenceFixture fixture;
      for (const char* id : kReleases) {
        v1::LoadOptions options;
        options.set_release_id(id);
        ASSERT_TRUE(LoadRelease(fixture.store(), options, MiniatureFiles(id), {}).ok());
      }
      ASSERT_TRUE(fixture.store().SetLabel("prod", "2025", false, "ann").ok());
      ASSERT_TRUE(fixture.store().SetLabel("prod", "2026", false, "ann").ok());
      ASSERT_TRUE(fixture.store().SetLabel("staging", "2027", true, "ann").ok());
      for (const char* code : kCodes) fixture.Import({Page(code)}, "2026");
      v1::Reference revised = Page(kCodes[0]);
      revised.mutable_summary()->set_text("What it is about, in other words.");
      fixture.Import({revised}, "2026");
      fixture.Verify(kCodes[0], "2025", "2025-03-01");
      fixture.Verify(kCodes[1], "2026", "2026-03-01");
      ASSERT_TRUE(fixture.store().ledger().SetUsage({{"M9986", 12}, {"M9900", 3}}).ok());
      CopyDirectory(fixture.folder(), folder_.path() + "/closed");
    }
    const std::string closed = folder_.path() + "/closed";
    {
      // Opened and closed once more, so that nothing is left to be done when it is opened.
      const auto store = OpenStore(closed);
      ASSERT_TRUE(store.ok()) << store.status();
    }
    const auto database = store::Database::Open(closed, false, "the test");
    ASSERT_TRUE(database.ok()) << database.status();
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(store::Family::kDefault), store::ToSlice(store::ImportKey()),
              "ann");
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
    CopyDirectory(closed, folder_.path() + "/killed");
  }

  // Flips a byte, asks, and says what came of it: `refused`, `data loss`, `scrub`, `same`, or
  // `WRONG` with the question.
  std::string Try(const std::string& base, const std::string& file, size_t place, char mask,
                  const Answers& sound) {
    const std::string copy = folder_.path() + "/copy";
    CopyDirectory(base, copy);
    {
      std::fstream stream(copy + "/" + file, std::ios::binary | std::ios::in | std::ios::out);
      char byte = 0;
      stream.seekg(static_cast<std::streamoff>(place)).get(byte);
      stream.seekp(static_cast<std::streamoff>(place)).put(static_cast<char>(byte ^ mask));
    }
    const auto store = OpenStore(copy);
    if (!store.ok()) {
      const std::string error = ErrorText(store.status());
      return TellsOfDamage(error) ? "refused" : absl::StrCat("WRONG refusal: ", error);
    }
    const Answers answers = AskAll(**store);
    bool loss = false;
    for (const auto& [question, answer] : sound) {
      const std::string& now = answers.at(question);
      if (now == answer) continue;
      if (!TellsOfDamage(now)) {
        return absl::StrCat("WRONG ", question, ": ", now.substr(0, 60));
      }
      loss = true;
    }
    const auto report = (*store)->Scrub({});
    const bool told = report.ok() && !report->findings().empty();
    // What is refused to those who ask is told to those who look after it.
    if (loss) return told ? "data loss" : "WRONG: no scrub tells of the loss";
    return told ? "scrub" : "same";
  }

  TemporaryFolder folder_;
};

TEST_F(DamageTest, IsNeverAnsweredWrong) {
  ASSERT_NO_FATAL_FAILURE(MakeDirectories());
  Answers sound;
  for (const char* name : {"/closed", "/killed"}) {
    CopyDirectory(folder_.path() + name, folder_.path() + "/copy");
    const auto store = OpenStore(folder_.path() + "/copy");
    ASSERT_TRUE(store.ok()) << store.status();
    const Answers answers = AskAll(**store);
    if (sound.empty()) sound = answers;
    // The one import that was cut off is no difference; and there is something to be asked.
    ASSERT_EQ(answers, sound);
    const auto report = (*store)->Scrub({});
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_TRUE(report->findings().empty()) << report->DebugString();
  }
  for (const auto& [question, answer] : sound) {
    EXPECT_FALSE(TellsOfDamage(answer)) << question;
    // 2025 brings no addenda.
    EXPECT_NE(answer.empty(), question != "addenda 2025") << question;
  }
  std::mt19937_64 random(seed);
  std::map<std::string, int> outcomes;
  std::map<std::string, std::map<std::string, int>> by_file;
  for (int i = 0; i < flips; ++i) {
    const std::string base = folder_.path() + (i % 2 == 0 ? "/closed" : "/killed");
    const std::vector<std::string> files = FilesOf(base);
    const std::string& file = files[random() % files.size()];
    const size_t place = random() % fs::file_size(absl::StrCat(base, "/", file));
    const char mask = static_cast<char>(1 + random() % 255);
    const std::string outcome = Try(base, file, place, mask, sound);
    EXPECT_EQ(outcome.rfind("WRONG", 0), std::string::npos)
        << outcome << "\n  flip " << i << ": " << base << "/" << file << " at " << place << " with "
        << static_cast<int>(static_cast<unsigned char>(mask));
    const std::string kind = outcome.substr(0, outcome.find(':'));
    ++outcomes[kind];
    // Kinds of files: `.sst`, `MANIFEST`.
    std::string name = fs::path(file).filename();
    const std::string end = fs::path(file).extension();
    name = end == ".sst" || end == ".blob" || end == ".log"
               ? end
               : name.substr(0, name.find_first_of("-."));
    ++by_file[name][kind];
  }
  std::cout << flips << " flips, seed " << seed << ":";
  for (const auto& [outcome, count] : outcomes) std::cout << " " << count << " " << outcome << ";";
  std::cout << "\n";
  for (const auto& [name, kinds] : by_file) {
    std::cout << "  " << name << ":";
    for (const auto& [outcome, count] : kinds) std::cout << " " << count << " " << outcome;
    std::cout << "\n";
  }
  EXPECT_GT(outcomes["refused"] + outcomes["data loss"] + outcomes["scrub"], 0);
}

}  // namespace
}  // namespace codeset::server

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--flips") codeset::server::flips = std::atoi(argv[i + 1]);
    if (std::string(argv[i]) == "--seed") {
      codeset::server::seed = std::strtoull(argv[i + 1], nullptr, 10);
    }
  }
  return RUN_ALL_TESTS();
}
