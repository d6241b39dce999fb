// SIGINT and SIGTERM, asked for between the steps of a command that should leave nothing half done.
//
// To be made before other threads are there, which inherit that the signals wait. Came is
// thread-safe.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <atomic>

namespace codeset::server {

// See above. From its making on the signals do nothing but be told by Came.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  // Whether one has come.
  bool Came() {
    const timespec at_once = {};
    if (!came_ && ::sigtimedwait(&signals_, nullptr, &at_once) > 0) came_ = true;
    return came_;
  }

 private:
  sigset_t signals_ = {};
  std::atomic<bool> came_ = false;
};

}  // namespace codeset::server
