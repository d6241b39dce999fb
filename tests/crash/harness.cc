// What a round does to a server; directories.cc has what becomes of data directories.
#include "tests/crash/harness.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cpp/error.h"
#include "storage/model/status_macros.h"
#include "tests/crash/data_check.h"
#include "tests/crash/read_back.h"

namespace codeset::crash {
namespace {

// A directory is used for so many rounds.
constexpr int kRoundsOfDirectory = 25;
// A server that is killed ends within this.
constexpr absl::Duration kLongestEnd = absl::Seconds(30);
// Of how long a start or the longest change took, random kills come within so many parts.
constexpr double kWithin = 1.2;
// Or within this, a few small changes.
constexpr absl::Duration kAFew = absl::Milliseconds(200);

// A kind of change, and what the names of its own steps begin with.
struct KindSteps {
  Kind kind;
  absl::string_view own;
};
constexpr KindSteps kKindSteps[] = {
    {Kind::kLoad, "load."},      {Kind::kDelete, "delete."},       {Kind::kSetActivation, "none."},
    {Kind::kSetLabel, "label."}, {Kind::kRollbackLabel, "label."}, {Kind::kRemoveLabel, "label."},
    {Kind::kImport, "import."},  {Kind::kRecord, "verification."}, {Kind::kSetUsage, "usage."},
    {Kind::kBackup, "backup."}};

// Whether a change comes by a step: one of its own, or one of every change of the database.
bool ComesBy(const KindSteps& change, absl::string_view step) {
  if (absl::StartsWith(step, change.own)) return true;
  return change.kind != Kind::kBackup &&
         (absl::StartsWith(step, "commit.") || absl::StartsWith(step, "generation."));
}

bool IsOpening(absl::string_view step) {
  return absl::StartsWith(step, "open.") || absl::StartsWith(step, "sweep.");
}

// Steps that only a directory that is not there yet comes by, or a folder without backups.
bool NeedsNewDirectory(absl::string_view step) {
  return step == "open.created" || step == "open.format_written" || step == "open.journal_begun" ||
         step == "backup.mark_written";
}

// Steps that a change may come by more than once; a further change of the database is the
// calendar's.
bool IsRepeated(absl::string_view step) {
  return step == "load.group_written" || step == "load.source_written" ||
         step == "import.batch_written" || step == "backup.copying" ||
         absl::StartsWith(step, "commit.") || absl::StartsWith(step, "generation.");
}

// The places in kSteps of those for which `is` is true.
template <typename Is>
std::vector<size_t> StepsThat(const Is& is) {
  std::vector<size_t> places;
  for (size_t place = 0; place < store::kSteps.size(); ++place) {
    if (is(store::kSteps[place])) places.push_back(place);
  }
  return places;
}

// Sends SIGKILL a while from now, from a thread of its own.
class Killer {
 public:
  Killer(const ServerProcess& server, absl::Duration wait)
      : thread_([this, &server, wait] {
          std::this_thread::sleep_for(absl::ToChronoMicroseconds(wait));
          server.SendKill();
          done_ = true;
        }) {}
  ~Killer() { Join(); }
  Killer(const Killer&) = delete;
  Killer& operator=(const Killer&) = delete;

  bool done() const { return done_; }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

}  // namespace

int CountPairs() {
  int pairs = 0;
  for (const KindSteps& change : kKindSteps) {
    pairs += static_cast<int>(
        StepsThat([&](absl::string_view name) { return ComesBy(change, name); }).size());
  }
  return pairs;
}

absl::Status Harness::RoundAtStep(size_t step) {
  const absl::string_view name = store::kSteps[step];
  if (IsOpening(name)) return OpeningRound(step);
  std::vector<Kind> kinds;
  for (const KindSteps& change : kKindSteps) {
    if (ComesBy(change, name)) kinds.push_back(change.kind);
  }
  return ChangeRound(kinds[random_() % kinds.size()], step, 1);
}

absl::Status Harness::RandomRound() {
  const uint64_t way = random_() % 10;
  if (way == 0) {
    const std::vector<size_t> steps = StepsThat(IsOpening);
    return OpeningRound(steps[random_() % steps.size()]);
  }
  if (way < 7) {
    const KindSteps& change = kKindSteps[random_() % std::size(kKindSteps)];
    const std::vector<size_t> steps =
        StepsThat([&](absl::string_view name) { return ComesBy(change, name); });
    const size_t step = steps[random_() % steps.size()];
    const bool repeated = IsRepeated(store::kSteps[step]) && random_() % 4 == 0;
    return ChangeRound(change.kind, step, repeated ? 2 + static_cast<int>(random_() % 3) : 1);
  }
  return RoundAtAnyMoment();
}

absl::Status Harness::RoundAtAnyMoment() {
  RETURN_IF_ERROR(NewRound());
  const uint64_t way = random_() % 3;
  if (way == 0) RETURN_IF_ERROR(KillWhileOpeningAtRandom());
  RETURN_IF_ERROR(BeginRound(programs_.codesetd));
  RETURN_IF_ERROR(way < 2 ? KillAtRandom() : KillAfterAnswer());
  failed_ = false;
  return absl::OkStatus();
}

absl::Status Harness::OpeningRound(size_t step) {
  RETURN_IF_ERROR(NewRound());
  const absl::string_view name = store::kSteps[step];
  if (NeedsNewDirectory(name) && !IsNewDirectory()) RETURN_IF_ERROR(NextDirectory());
  // What there is to sweep.
  if (absl::StartsWith(name, "sweep.")) {
    const bool import = absl::StartsWith(name, "sweep.import");
    const size_t left_at = import ? store::StepName("import.flushed").place()
                                  : store::StepName("load.flushed").place();
    RETURN_IF_ERROR(BeginRound(programs_.codesetd_steps));
    RETURN_IF_ERROR(KillAt(import ? Kind::kImport : Kind::kLoad, left_at, 1));
  }
  RETURN_IF_ERROR(KillWhileOpening(step));
  RETURN_IF_ERROR(BeginRound(programs_.codesetd));
  RETURN_IF_ERROR(KillAfterAnswer());
  failed_ = false;
  return absl::OkStatus();
}

absl::Status Harness::ChangeRound(Kind kind, size_t step, int nth) {
  RETURN_IF_ERROR(NewRound());
  const bool in_new = NeedsNewDirectory(store::kSteps[step]);
  if (in_new && !IsNewDirectory()) RETURN_IF_ERROR(NextDirectory());
  RETURN_IF_ERROR(BeginRound(programs_.codesetd_steps));
  if (!in_new) RETURN_IF_ERROR(PerformSome(2));
  RETURN_IF_ERROR(KillAt(kind, step, nth));
  failed_ = false;
  return absl::OkStatus();
}

absl::Status Harness::NewRound() {
  ++figures_.rounds;
  // Until it has ended.
  failed_ = true;
  return ++rounds_of_directory_ <= kRoundsOfDirectory ? absl::OkStatus() : NextDirectory();
}

absl::Status Harness::Start(const std::string& program, const std::string& data_dir) {
  const bool steps = program == programs_.codesetd_steps;
  ASSIGN_OR_RETURN(server_, ServerProcess::Start(program,
                                                 {data_dir, absl::StrCat(folder_, "/s"),
                                                  absl::StrCat(folder_, "/audit")},
                                                 steps ? absl::StrCat(folder_, "/board") : ""));
  return absl::OkStatus();
}

absl::Status Harness::BeginRound(const std::string& program) {
  // Before the same is asked for again, which would use what was left.
  if (pending_.has_value() && random_() % 4 == 0) {
    RETURN_IF_ERROR(CheckNothingIsLeft(absl::StrCat(folder_, "/data")));
  }
  const absl::Time start = absl::Now();
  RETURN_IF_ERROR(Start(program, absl::StrCat(folder_, "/data")));
  if (!server_->WaitUntilServing()) {
    return absl::InternalError(
        absl::StrCat("the server does not start again: ", server_->output()));
  }
  start_time_ = absl::Now() - start;
  return Compare();
}

absl::Status Harness::Compare() {
  ASSIGN_OR_RETURN(std::vector<std::string> found, ReadLines(*server_, contents_));
  ASSIGN_OR_RETURN(const std::vector<std::string> backups,
                   ReadBackupLines(*server_, absl::StrCat(folder_, "/backups")));
  found.insert(found.end(), backups.begin(), backups.end());
  const auto expected = [&](const Told& told) {
    std::vector<std::string> lines = Lines(told, contents_);
    const std::vector<std::string> more = BackupLines(told, contents_);
    lines.insert(lines.end(), more.begin(), more.end());
    return lines;
  };
  const bool absent = found == expected(told_);
  bool there = false;
  bool between = false;
  if (pending_.has_value()) {
    there = found == expected(pending_->after);
    for (const Told& told : pending_->between) {
      if (absent || there || between || found != expected(told)) continue;
      between = true;
      told_ = told;
    }
  }
  if (!absent && !there && !between) {
    return absl::InternalError(absl::StrCat(
        "LOST, of what was acknowledged:", Differences(expected(told_), found),
        pending_.has_value() ? absl::StrCat("\n  or with what was cut off, ", pending_->name, ":",
                                            Differences(expected(pending_->after), found))
                             : ""));
  }
  if (pending_.has_value()) {
    figures_.there += (there && !absent) || between ? 1 : 0;
    figures_.absent += absent && !there ? 1 : 0;
    figures_.unseen += absent && there ? 1 : 0;
    const Operation operation = *std::exchange(pending_, std::nullopt);
    if (!between) RETURN_IF_ERROR(Repeat(operation, there, absent));
  }
  RETURN_IF_ERROR(ProveAll(*server_));
  for (auto& [id, release] : told_.releases) release.addenda = AddendaNow(told_, contents_, id);
  return absl::OkStatus();
}

absl::Status Harness::Repeat(const Operation& operation, bool there, bool absent) {
  if (there && !absent && !operation.repeatable) {
    told_ = operation.after;
    return absl::OkStatus();
  }
  const absl::Status status = operation.make(*server_);
  const std::string reason = client::ErrorReasonNameOf(status);
  if (status.ok()) ++calls_[operation.method].first;
  const bool accepted = status.ok() ? operation.refusal.empty() : reason == operation.refusal;
  const bool known = status.ok() ? operation.refusal_again.empty()
                                 : reason == operation.refusal_again && !reason.empty();
  if ((absent && accepted) || (there && known)) {
    told_ = operation.after;
    return absl::OkStatus();
  }
  return absl::InternalError(absl::StrCat(operation.name, ", cut off and ",
                                          there ? "there" : "not there",
                                          ", asked for again: ", reason, " ", status.message()));
}

absl::Status Harness::KillWhileOpening(size_t step) {
  board_->killed_at = StepBoard::kNone;
  board_->left = 1;
  board_->armed = static_cast<int>(step);
  RETURN_IF_ERROR(Start(programs_.codesetd_steps, absl::StrCat(folder_, "/data")));
  const bool served = server_->WaitUntilServing();
  board_->armed = StepBoard::kNone;
  if (served || board_->killed_at == StepBoard::kNone || !server_->WaitForEnd(kLongestEnd)) {
    return absl::InternalError(absl::StrCat("a server that opens a directory does not come by ",
                                            store::kSteps[step], ": ", server_->output()));
  }
  ++figures_.killed_at[step];
  ++figures_.killed_opening;
  return absl::OkStatus();
}

absl::Status Harness::KillWhileOpeningAtRandom() {
  RETURN_IF_ERROR(Start(programs_.codesetd, absl::StrCat(folder_, "/data")));
  Killer(*server_, RandomWait(start_time_ * kWithin)).Join();
  server_->Kill();
  ++figures_.killed_opening;
  return absl::OkStatus();
}

absl::Status Harness::KillAt(Kind kind, size_t step, int nth) {
  ASSIGN_OR_RETURN(const Operation operation, Prepare(kind, store::kSteps[step]));
  board_->killed_at = StepBoard::kNone;
  board_->left = nth;
  board_->armed = static_cast<int>(step);
  RETURN_IF_ERROR(Perform(operation));
  board_->armed = StepBoard::kNone;
  server_->Kill();
  if (board_->killed_at != StepBoard::kNone) {
    ++figures_.killed_at[step];
    ++figures_.pairs[{kind, step}];
    return absl::OkStatus();
  }
  ++figures_.killed_after_answer;
  if (nth > 1) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(operation.name, " does not come by ", store::kSteps[step]));
}

absl::Duration Harness::RandomWait(absl::Duration within) {
  const auto most = static_cast<uint64_t>(absl::ToInt64Microseconds(within)) + 1;
  return absl::Microseconds(static_cast<int64_t>(random_() % most));
}

absl::Status Harness::KillAtRandom() {
  Killer killer(*server_, RandomWait(random_() % 2 == 0 ? kAFew : longest_change_ * kWithin));
  while (!pending_.has_value() && !killer.done()) RETURN_IF_ERROR(Perform(AnyOperation()));
  killer.Join();
  server_->Kill();
  ++figures_.killed_at_random;
  return absl::OkStatus();
}

absl::Status Harness::KillAfterAnswer() {
  RETURN_IF_ERROR(PerformSome(2));
  RETURN_IF_ERROR(Perform(AnyOperation()));
  server_->Kill();
  ++figures_.killed_after_answer;
  return absl::OkStatus();
}

absl::StatusOr<Operation> Harness::Prepare(Kind kind, absl::string_view step) {
  constexpr int kMostTries = 30;
  Kind wanted = kind;
  bool before = false;
  for (int i = 0; i < kMostTries; ++i) {
    const std::optional<Operation> operation = operations_.Make(wanted, told_, before ? "" : step);
    if (!operation.has_value()) {
      wanted = Operations::Before(wanted, told_);
      before = true;
    } else if (before) {
      RETURN_IF_ERROR(Perform(*operation));
      wanted = kind;
      before = false;
    } else {
      return *operation;
    }
  }
  // Everything is loaded and in use.
  server_->Kill();
  RETURN_IF_ERROR(NextDirectory());
  RETURN_IF_ERROR(BeginRound(programs_.codesetd_steps));
  return Prepare(kind, step);
}

Operation Harness::AnyOperation() {
  while (true) {
    const auto kind = static_cast<Kind>(random_() % kKinds);
    const std::optional<Operation> operation = operations_.Make(kind, told_, "");
    if (operation.has_value()) return *operation;
  }
}

absl::Status Harness::PerformSome(int most) {
  for (uint64_t count = random_() % (static_cast<uint64_t>(most) + 1); count > 0; --count) {
    RETURN_IF_ERROR(Perform(AnyOperation()));
  }
  return absl::OkStatus();
}

absl::Status Harness::Perform(const Operation& operation) {
  const absl::Time start = absl::Now();
  const absl::Status status = operation.make(*server_);
  const std::string reason = client::ErrorReasonNameOf(status);
  if (status.ok() && operation.refusal.empty()) {
    ++figures_.acknowledged;
    ++calls_[operation.method].first;
    told_ = operation.after;
    longest_change_ = std::max(longest_change_, absl::Now() - start);
    return absl::OkStatus();
  }
  if (!reason.empty() && reason == operation.refusal) return absl::OkStatus();
  // An answer that is not what is known has no reason either; a server that was killed gives none.
  if (!status.ok() && reason.empty() && !absl::IsFailedPrecondition(status) &&
      server_->WaitForEnd(kLongestEnd) && server_->WasKilled()) {
    ++calls_[operation.method].second;
    pending_ = operation;
    return absl::OkStatus();
  }
  return absl::InternalError(
      absl::StrCat(operation.name, ": ", reason, " ", status.message(), "; ", server_->output()));
}

}  // namespace codeset::crash
