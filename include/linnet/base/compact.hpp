// SPDX-License-Identifier: Apache-2.0
#pragma once
// Code size where it counts.

/// Marks a function in a header that is called from many places and is larger than its call: kept
/// out of line when compiling for size (-Os), left to the compiler otherwise.
#if defined(__OPTIMIZE_SIZE__)
#define LINNET_COMPACT [[gnu::noinline]]
#else
#define LINNET_COMPACT
#endif
