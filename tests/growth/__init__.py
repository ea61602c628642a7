"""The record grows: a copy of this checkout gets one more field, and runs beside this one."""
