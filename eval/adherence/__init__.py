"""Adherence: does a text do what its brief asks for?"""
