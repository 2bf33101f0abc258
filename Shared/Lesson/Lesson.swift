// The Lesson layer.
