// SPDX-License-Identifier: Apache-2.0
#pragma once
// LINNET_REQ("REG-05"): this test case proves that requirement of docs/spec/requirements.md.
// `scripts/trace` reads these marks and the test results and writes docs/conformance.md.
#include <gtest/gtest.h>

#define LINNET_REQ(id) ::testing::Test::RecordProperty("requirement_" id, id)
