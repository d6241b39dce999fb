// Kills servers and holds what they answer afterwards against what they had acknowledged.
//
//   ASSIGN_OR_RETURN(auto harness, Harness::Make(programs, 1, ""));
//   for (size_t step = 0; step < kSteps.size(); ++step)
//   RETURN_IF_ERROR(harness->RoundAtStep(step)); RETURN_IF_ERROR(harness->Finish());
//
// A round: a server is started over what the round before left; all that it answers is compared; a
// few changes are made; it is killed. An error is a loss, or what could not be done, in words.
//
// Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/store/step.h"
#include "tests/crash/contents.h"
#include "tests/crash/operations.h"
#include "tests/crash/server_process.h"
#include "tests/crash/step_board.h"
#include "tests/crash/told.h"

namespace codeset::crash {

// What came of the rounds.
struct Figures {
  int rounds = 0;
  // How often a server was killed: at each step; while it opened a directory, at a step or at a
  // random moment; at a random moment otherwise; right after an answer.
  std::array<int, store::kSteps.size()> killed_at = {};
  int killed_opening = 0;
  int killed_at_random = 0;
  int killed_after_answer = 0;
  // Changes that were acknowledged; and those that were cut off, by what was found of them. Of
  // some that cannot be seen by a question.
  int64_t acknowledged = 0;
  int there = 0;
  int absent = 0;
  int unseen = 0;
  // Backups that were restored and compared.
  int restored = 0;
  // How often a change of a kind was killed at a step.
  std::map<std::pair<Kind, size_t>, int> pairs;
};

// How many such pairs of a change and a step there are.
int CountPairs();

// The programs: codesetd, and the one that kills itself at steps.
struct Programs {
  std::string codesetd;
  std::string codesetd_steps;
};

// See above.
class Harness {
 public:
  // Works in a folder of its own. `published`: see Contents.
  static absl::StatusOr<std::unique_ptr<Harness>> Make(const Programs& programs, uint64_t seed,
                                                       const std::string& published);
  // Removes the folder where no error has been returned.
  ~Harness();
  Harness(const Harness&) = delete;
  Harness& operator=(const Harness&) = delete;

  // A round in which a server is killed at a step.
  absl::Status RoundAtStep(size_t step);
  // One in which it is killed at a random moment, or right after an answer.
  absl::Status RoundAtAnyMoment();
  // Either.
  absl::Status RandomRound();
  // Compares for the last time.
  absl::Status Finish();

  const Figures& figures() const { return figures_; }
  const std::string& folder() const { return folder_; }

 private:
  Harness(const Programs& programs, uint64_t seed, std::string folder, Contents contents);

  // A data directory that is not there yet, and an empty folder of backups; nothing told.
  absl::Status BeginDirectory();
  // Ends the one that there is, and begins another that this round is the first of.
  absl::Status NextDirectory();
  bool IsNewDirectory() const { return rounds_of_directory_ == 1; }
  // Compares, looks into the directory, restores a backup, and removes all of it.
  absl::Status EndDirectory();
  absl::Status RestoreOne(size_t backup);
  absl::Status CheckAuditLog() const;

  // Starts a server over what is there, and compares.
  absl::Status BeginRound(const std::string& program);
  absl::Status Start(const std::string& program, const std::string& data_dir);
  absl::Status Compare();
  // Asks once more for the change that was cut off.
  absl::Status Repeat(const Operation& operation, bool there, bool absent);

  // Counts a round; goes on with another directory where this one has seen many.
  absl::Status NewRound();
  // A round with a kill at a step of opening, or of a change when it is reached for the n-th time.
  absl::Status OpeningRound(size_t step);
  absl::Status ChangeRound(Kind kind, size_t step, int nth);

  // How servers are killed.
  absl::Status KillWhileOpening(size_t step);
  absl::Status KillWhileOpeningAtRandom();
  absl::Status KillAt(Kind kind, size_t step, int nth);
  absl::Status KillAtRandom();
  absl::Duration RandomWait(absl::Duration within);
  absl::Status KillAfterAnswer();

  // A change of a kind, with what must come before it made first.
  absl::StatusOr<Operation> Prepare(Kind kind, absl::string_view step);
  // Any change that is possible.
  Operation AnyOperation();
  // Makes a change. Where the server is killed meanwhile it becomes pending_.
  absl::Status Perform(const Operation& operation);
  // Makes up to `most` changes of any kind.
  absl::Status PerformSome(int most);

  const Programs programs_;
  std::mt19937_64 random_;
  const std::string folder_;
  const Contents contents_;
  Operations operations_;
  StepBoard* board_ = nullptr;
  std::unique_ptr<ServerProcess> server_;
  Told told_;
  // What was cut off.
  std::optional<Operation> pending_;
  // By method, how many calls since the directory was begun were acknowledged, and cut off.
  std::map<std::string, std::pair<int, int>> calls_;
  // This one included.
  int rounds_of_directory_ = 0;
  absl::Duration start_time_ = absl::Milliseconds(100);
  absl::Duration longest_change_ = absl::Milliseconds(100);
  bool failed_ = false;
  Figures figures_;
};

}  // namespace codeset::crash
