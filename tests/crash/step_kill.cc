// What makes codesetd_steps of codesetd: it kills itself, as by SIGKILL from outside, at the step
// that the board asks for.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/crash/step_board.h"

namespace codeset::crash {
namespace {

StepBoard* board = nullptr;

void Listen(size_t step) {
  ++board->reached[step];
  if (board->armed != static_cast<int>(step) || --board->left != 0) return;
  board->killed_at = static_cast<int>(step);
  ::kill(::getpid(), SIGKILL);
  ::pause();
}

// Before main begins.
[[maybe_unused]] const bool kListens = [] {
  const char* const file = std::getenv(kBoardVariable);
  if (file != nullptr) board = MapStepBoard(file, /*create=*/false);
  if (board == nullptr) std::abort();
  store::step_listener = &Listen;
  return true;
}();

}  // namespace
}  // namespace codeset::crash
