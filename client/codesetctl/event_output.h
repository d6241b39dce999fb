// What happened to releases and labels, and the labels themselves, for people and programs.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "client/codesetctl/table.h"
#include "codeset/v1/label.pb.h"

namespace codeset::ctl {

// What happened, as a sentence without an end: `label prod moved from 2025 to 2026 by ann`.
std::string EventText(const v1::ReleaseEvent& event);

// One event with the token that resumes after it, on a line of its own: events come one by
// one, so that no table can be laid out.
std::string EventLine(const v1::WatchReleasesResponse& message);

// The heading record of events as CSV, and one event; `resume_token` is empty for events that
// were not watched.
std::string EventCsvHeading();
std::string EventCsv(const v1::ReleaseEvent& event, const std::string& resume_token);

// Moves of a label: when, what, by whom.
Table MoveTable(const std::vector<v1::ReleaseEvent>& moves);

// Labels: what each names, resolves to and named before.
Table LabelTable(const std::vector<v1::Label>& labels);
// The same as CSV, heading included.
std::string LabelsCsv(const std::vector<v1::Label>& labels);

// One label as a sentence without an end: `prod names 2026 (resolves to 2026.1)`.
std::string LabelText(const v1::Label& label);

}  // namespace codeset::ctl
