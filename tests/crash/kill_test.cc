// Kills servers with SIGKILL, at every named step of what changes a data directory and at random
// moments: what was acknowledged is there afterwards, what was not is wholly there or not at all,
// and every fingerprint recomputes.
//
//   kill_test --rounds 1000 --seed 7 [--published DIR]
//
// Without --rounds one round is run for each step, and a few others. With --published, loads of
// releases of 2021 and 2023 are among the changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <string>

#include "tests/crash/harness.h"

namespace codeset::crash {
namespace {

// 0: as above.
int rounds = 0;
uint64_t seed = 1;
std::string published;

constexpr int kOthers = 6;
constexpr int kRoundsBetweenLines = 100;
// In so many random rounds nearly every step is met, and the rest after them.
constexpr int kManyRounds = 500;

void Print(const Figures& figures) {
  const int at_steps = std::accumulate(figures.killed_at.begin(), figures.killed_at.end(), 0);
  const auto steps =
      figures.killed_at.size() - std::count(figures.killed_at.begin(), figures.killed_at.end(), 0);
  std::cout << figures.rounds << " rounds, seed " << seed << ": " << at_steps << " kills at "
            << steps << " of " << figures.killed_at.size() << " steps (" << figures.pairs.size()
            << " of " << CountPairs() << " pairs of a change and a step), "
            << figures.killed_opening << " while opening, " << figures.killed_at_random
            << " at random moments, " << figures.killed_after_answer << " right after an answer; "
            << figures.acknowledged << " acknowledged changes, none lost; of those cut off "
            << figures.there << " were there and " << figures.absent << " were not, "
            << figures.unseen << " changed no answer, none by halves; " << figures.restored
            << " backups restored and compared" << std::endl;
}

TEST(KillTest, KeepsWhatWasAcknowledgedAndNothingByHalves) {
  auto harness = Harness::Make({CODESETD, CODESETD_STEPS}, seed, published);
  ASSERT_TRUE(harness.ok()) << harness.status();
  const int all = rounds > 0 ? rounds : static_cast<int>(store::kSteps.size()) + kOthers;
  for (int round = 0; round < all; ++round) {
    const auto step = static_cast<size_t>(round);
    const bool at_step = rounds == 0 && step < store::kSteps.size();
    const absl::Status status = at_step       ? (*harness)->RoundAtStep(step)
                                : rounds == 0 ? (*harness)->RoundAtAnyMoment()
                                              : (*harness)->RandomRound();
    ASSERT_TRUE(status.ok()) << "round " << round << " of seed " << seed << ", in "
                             << (*harness)->folder() << ": " << status;
    if ((round + 1) % kRoundsBetweenLines == 0) Print((*harness)->figures());
  }
  // What chance has left out.
  for (size_t step = 0; rounds >= kManyRounds && step < store::kSteps.size(); ++step) {
    if ((*harness)->figures().killed_at[step] > 0) continue;
    const absl::Status status = (*harness)->RoundAtStep(step);
    ASSERT_TRUE(status.ok()) << store::kSteps[step] << " of seed " << seed << ": " << status;
  }
  const absl::Status finished = (*harness)->Finish();
  ASSERT_TRUE(finished.ok()) << finished;
  const Figures& figures = (*harness)->figures();
  for (size_t step = 0; step < store::kSteps.size(); ++step) {
    EXPECT_TRUE(figures.killed_at[step] > 0 || (rounds > 0 && rounds < kManyRounds))
        << "no server was killed at " << store::kSteps[step];
  }
  Print(figures);
}

}  // namespace
}  // namespace codeset::crash

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--rounds") codeset::crash::rounds = std::atoi(argv[i + 1]);
    if (option == "--seed") codeset::crash::seed = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--published") codeset::crash::published = argv[i + 1];
  }
  return RUN_ALL_TESTS();
}
