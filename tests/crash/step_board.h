// Memory that a test shares with servers of its own: at which step (storage/store/step.h) a server
// is to be killed, and which ones were reached.
//
// Thread-safe, between processes too.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <new>
#include <string>

#include "storage/store/step.h"

namespace codeset::crash {

// Names the file of the board to codesetd_steps.
inline constexpr char kBoardVariable[] = "CODESET_STEP_BOARD";

// See above.
struct StepBoard {
  // Places in kSteps, or this.
  static constexpr int kNone = -1;

  // Where to be killed, and when it is reached for the how-manieth time. `left` is set first.
  std::atomic<int> armed = kNone;
  std::atomic<int> left = 0;
  // Where a server was killed.
  std::atomic<int> killed_at = kNone;
  std::array<std::atomic<int>, store::kSteps.size()> reached = {};
};

// The board in a file; null where that cannot be had. `create` makes the file with a new board.
inline StepBoard* MapStepBoard(const std::string& file, bool create) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
  if (descriptor < 0) return nullptr;
  void* memory = MAP_FAILED;
  if (!create || ::ftruncate(descriptor, sizeof(StepBoard)) == 0) {
    memory = ::mmap(nullptr, sizeof(StepBoard), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  }
  ::close(descriptor);
  if (memory == MAP_FAILED) return nullptr;
  return create ? new (memory) StepBoard : static_cast<StepBoard*>(memory);
}

}  // namespace codeset::crash
