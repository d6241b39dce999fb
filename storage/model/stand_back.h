// How threads whose work takes long, and that nobody's answer waits for, leave the processors to
// those who answer. They stand behind by the system's priorities, and say besides where another may
// go first: Linux looks at who should run when somebody wakes up, for whom it may be too early by a
// tenth of a millisecond, and then not before its next tick, milliseconds later.
#pragma once

namespace codeset::model {

// From now on the calling thread, and the threads that it begins, stand behind others. 0, or the
// errno with which the system refuses; then the thread goes on as it is. On systems other than
// Linux nothing happens.
int StandBack();

// Called within long work, between two pieces that hold no lock which others wait for. If the
// calling thread stands back and has gone on for a while, whoever waits for its processor gets it;
// else it costs some nanoseconds.
void GiveWay();

}  // namespace codeset::model
